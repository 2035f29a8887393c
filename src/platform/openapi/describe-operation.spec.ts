import { ERROR_CATALOGUE } from '../errors/error-catalogue';
import type { RequiredMfa } from './demands';
import { describeOperation } from './describe-operation';
import type { Operation } from './operation';

describe(describeOperation, () => {
  function described(extensions: Record<`x-${string}`, unknown>): Operation {
    const operation = { responses: {}, summary: 'Do it.', ...extensions } as unknown as Operation;
    describeOperation(operation, 'get', new Map(Object.entries(ERROR_CATALOGUE)), {
      'x-required-mfa': (noted: readonly (readonly RequiredMfa[])[]) => noted.flat(),
      'x-recent-authentication': (noted: readonly number[]) => noted[0] ?? 0,
      'x-required-permissions': (noted: readonly (readonly string[])[]) => noted.flat(),
      'x-required-roles': (noted: readonly (readonly string[])[]) => noted.flat(),
    });
    return operation;
  }

  it('words every list of methods that must be met', () => {
    const otp = { acr: 'aal2', maxAge: 60, methods: ['otp'] };
    const key = { acr: 'aal2', maxAge: 60, methods: ['hwk', 'swk'] };
    const operation = described({ 'x-required-mfa-of-controller': [otp], 'x-required-mfa': [key] });
    expect(operation.description).toBe(
      '**Token:** access token. **Second factor:** needed (`aal2`, `otp`, and `hwk` or `swk`), verified within 60 s.',
    );
    expect(operation['x-required-mfa']).toEqual([otp, key]);
    expect(Object.keys(operation)).not.toContain('x-required-mfa-of-controller');
    expect(JSON.stringify(operation.responses)).toContain('mfa_insufficient');
  });

  it('words every role and every permission, and the refusal of who lacks one', () => {
    const operation = described({
      'x-required-permissions': ['ledgers:read'],
      'x-required-roles-of-controller': ['accountant'],
      'x-required-roles': ['auditor'],
    });
    expect(operation.description).toBe(
      '**Token:** access token. **Permission:** `ledgers:read`. **Role:** `accountant` and `auditor`.',
    );
    expect(JSON.stringify(described({ 'x-required-roles': ['auditor'] }).responses)).toContain('forbidden');
  });

  it('has no rule of its own: what it is given adds up', () => {
    const operation = described({ 'x-recent-authentication-of-controller': 600, 'x-recent-authentication': 60 });
    expect(operation['x-recent-authentication']).toBe(600);
    expect(operation.description).toContain('within 600 s');
  });
});
