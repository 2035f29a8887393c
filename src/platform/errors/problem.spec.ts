import { ERROR_CATALOGUE, type ErrorCode } from './error-catalogue';
import { toProblem } from './problem';

const problem = (code: ErrorCode, options = {}) => toProblem(code, ERROR_CATALOGUE[code], options, 'request-1');

describe(toProblem.name, () => {
  it('says what RFC 9457 and the contract name, and nothing else', () => {
    expect(
      problem('not_found', { detail: 'No such payout.', reason: 'row is gone', cause: new Error('secret') }),
    ).toEqual({
      body: {
        type: 'https://countersign.dev/problems/not_found',
        title: 'Not found',
        status: 404,
        detail: 'No such payout.',
        code: 'not_found',
        requestId: 'request-1',
      },
      headers: { 'content-type': 'application/problem+json; charset=utf-8', 'cache-control': 'no-store' },
    });
  });

  it.each(Object.keys(ERROR_CATALOGUE) as ErrorCode[])(
    'answers %s with its status in body and catalogue alike',
    (code) => {
      const { body, headers } = problem(code);
      expect(body.status).toBe(ERROR_CATALOGUE[code].status);
      expect(body.detail).not.toBe('');
      expect('www-authenticate' in headers).toBe(body.status === 401);
      expect('retry-after' in headers).toBe(body.status === 429 || body.status === 503);
      expect(body.retryAfter).toBe('retry-after' in headers ? Number(headers['retry-after']) : undefined);
    },
  );

  it('carries what the refusal brings along', () => {
    const options = {
      errors: [{ path: 'code', code: 'malformed', message: 'six digits' }],
      attemptsRemaining: 0,
      retryAfter: 42,
      required: { acr: 'aal2', maxAge: 600 },
    };
    const { body, headers } = problem('too_many_attempts', options);
    expect(body).toMatchObject(options);
    expect(headers['retry-after']).toBe('42');
  });

  it('writes the challenge with the realm first', () => {
    expect(problem('token_missing').headers['www-authenticate']).toBe('Bearer realm="countersign"');
    const challenge = { error: 'insufficient_user_authentication', acr_values: 'aal2', max_age: '600' };
    expect(problem('mfa_stale', { challenge }).headers['www-authenticate']).toBe(
      'Bearer realm="countersign", error="insufficient_user_authentication", acr_values="aal2", max_age="600"',
    );
    expect(problem('forbidden', { challenge: { error: 'insufficient_scope' } }).headers['www-authenticate']).toBe(
      'Bearer realm="countersign", error="insufficient_scope"',
    );
  });

  it('lets nothing out of the quotes of a challenge (RFC 6750 §3)', () => {
    const challenge = { error: 'insufficient_scope', scope: 'a", evil="1\\\r\nset-cookie: x=1\u00e9\u2028 b' };
    expect(problem('forbidden', { challenge }).headers['www-authenticate']).toBe(
      'Bearer realm="countersign", error="insufficient_scope", scope="a, evil=1set-cookie: x=1 b"',
    );
  });
});
