import type { VerifiedMethod } from '../../tokens/sessions/session';
import { assessSession, type Freshness } from './assess-session';

const NOW = 1_800_000_000;
const fresh: Freshness = { now: NOW, maxAge: 86_400, lapsedAt: null, idle: false };
const ago = (seconds: number) => NOW - seconds;
const password = (at: number): VerifiedMethod => ({ type: 'password', factorId: null, acr: 'aal1', amr: ['pwd'], at });
const totp = (at: number): VerifiedMethod => ({ type: 'totp', factorId: 't', acr: 'aal2', amr: ['otp'], at });
const recovery = (at: number): VerifiedMethod => ({
  ...totp(at),
  type: 'recovery_code',
  factorId: 'r',
  amr: ['recovery_code'],
});
const passkey = (at: number): VerifiedMethod => ({
  ...totp(at),
  type: 'webauthn',
  factorId: 'w',
  acr: 'phr',
  amr: ['hwk', 'user'],
});

describe(assessSession, () => {
  it.each<[string, VerifiedMethod[], Partial<Freshness>, ReturnType<typeof assessSession>]>([
    ['a password', [password(ago(9))], {}, { acr: 'aal1', amr: ['pwd'], mfaTime: null }],
    [
      'a password and a code',
      [password(ago(9)), totp(ago(5))],
      {},
      { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'], mfaTime: ago(5) },
    ],
    ['a passkey alone', [passkey(ago(5))], {}, { acr: 'phr', amr: ['hwk', 'user', 'mfa'], mfaTime: ago(5) }],
    [
      'two factors, the later one',
      [password(ago(9)), totp(ago(7)), recovery(ago(3))],
      {},
      { acr: 'aal2', amr: ['pwd', 'otp', 'recovery_code', 'mfa'], mfaTime: ago(3) },
    ],
    [
      'an old passkey and a fresh code',
      [password(ago(9)), passkey(ago(90_000)), totp(ago(3))],
      {},
      { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'], mfaTime: ago(3) },
    ],
    [
      'a code as old as it may be',
      [password(ago(9)), totp(ago(86_400))],
      {},
      { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'], mfaTime: ago(86_400) },
    ],
    [
      'a code a second too old',
      [password(ago(9)), totp(ago(86_401))],
      {},
      { acr: 'aal1', amr: ['pwd'], mfaTime: null },
    ],
    ['an idle session', [password(ago(9)), totp(ago(5))], { idle: true }, { acr: 'aal1', amr: ['pwd'], mfaTime: null }],
    [
      'a code from before a lapse',
      [password(ago(9)), totp(ago(5))],
      { lapsedAt: ago(4) },
      { acr: 'aal1', amr: ['pwd'], mfaTime: null },
    ],
    [
      'a code verified in the second of a lapse',
      [password(ago(9)), totp(ago(5))],
      { lapsedAt: ago(5) },
      { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'], mfaTime: ago(5) },
    ],
    [
      'a code verified after a lapse',
      [password(ago(9)), totp(ago(5))],
      { lapsedAt: ago(6) },
      { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'], mfaTime: ago(5) },
    ],
    ['a code alone: one kind of proof', [totp(ago(5))], {}, { acr: 'aal1', amr: ['otp'], mfaTime: null }],
    [
      'two kinds of code, and nothing else: still one kind of proof',
      [totp(ago(5)), recovery(ago(3))],
      {},
      { acr: 'aal1', amr: ['otp', 'recovery_code'], mfaTime: null },
    ],
    [
      'a key that verified nobody, alone',
      [{ ...passkey(ago(5)), amr: ['hwk'] }],
      {},
      { acr: 'aal1', amr: ['hwk'], mfaTime: null },
    ],
    [
      'a password and a key that verified nobody',
      [password(ago(9)), { ...passkey(ago(5)), amr: ['hwk'] }],
      {},
      { acr: 'phr', amr: ['pwd', 'hwk', 'mfa'], mfaTime: ago(5) },
    ],
    [
      'a session begun by a passkey that is old by now, and a fresh code',
      [passkey(ago(90_000)), totp(ago(3))],
      {},
      { acr: 'aal2', amr: ['otp', 'mfa'], mfaTime: ago(3) },
    ],
    ['a passkey that is old by now', [passkey(ago(86_401))], {}, { acr: 'aal1', amr: [], mfaTime: null }],
    [
      'a plug-in that claims mfa itself',
      [{ ...totp(ago(5)), amr: ['otp', 'mfa'] }],
      {},
      { acr: 'aal1', amr: ['otp'], mfaTime: null },
    ],
    ['nothing', [], {}, { acr: 'aal1', amr: [], mfaTime: null }],
  ])('%s', (_, methods, freshness, assurance) => {
    expect(assessSession(methods, { ...fresh, ...freshness })).toEqual(assurance);
  });
});
