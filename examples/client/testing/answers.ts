import type { Authenticated, SecondFactorWanted } from '../contract';
import type { Answer } from './scripted-server';

/** The n-th tokens of a session: `access-1` and `refresh-1`, good for 300 s. */
export function authenticated(n: number, more: Partial<Authenticated> = {}): Answer {
  const body: Authenticated = {
    status: 'authenticated',
    tokenType: 'Bearer',
    accessToken: `access-${n}`,
    expiresIn: 300,
    refreshToken: `refresh-${n}`,
    refreshExpiresIn: 2_592_000,
    session: { id: 'session', acr: 'aal1', amr: ['pwd'], authTime: '2030-01-01T00:00:00.000Z' },
    ...more,
  };
  return { status: 200, body };
}

export function mfaRequired(more: Partial<SecondFactorWanted> = {}): Answer {
  const body: SecondFactorWanted = {
    status: 'mfa_required',
    mfaToken: 'mfa-1',
    expiresIn: 300,
    reason: 'login',
    factors: [{ id: 'phone', type: 'totp', name: 'Phone', hint: null, acr: 'aal2', preferred: true }],
    ...more,
  };
  return { status: 200, body };
}

export function problem(status: number, code: string, more: Record<string, unknown> = {}): Answer {
  return { status, body: { type: `https://countersign.dev/problems/${code}`, title: code, status, code, ...more } };
}

export const challenge: Answer = {
  status: 201,
  body: { id: 'challenge', factorId: 'phone', type: 'totp', expiresAt: '2030-01-01T00:05:00.000Z' },
};
