import type { Environment } from './setting.decorator';
import { checkMessageSettings } from './check-message-settings';
import type { SettingsClass } from './load-settings';
import { relyingPartyProblems } from './relying-party';
import { AccountSettings } from './settings/account.settings';
import { AuditSettings } from './settings/audit.settings';
import { CodeSettings } from './settings/code.settings';
import { DatabaseSettings } from './settings/database.settings';
import { MessageSettings } from './settings/message.settings';
import { MfaSettings } from './settings/mfa.settings';
import { RateLimitSettings } from './settings/rate-limit.settings';
import { RedisSettings } from './settings/redis.settings';
import { RiskSettings } from './settings/risk.settings';
import { SecretSettings } from './settings/secret.settings';
import { ServerSettings } from './settings/server.settings';
import { SigningKeySettings } from './settings/signing-key.settings';
import { TokenSettings } from './settings/token.settings';
import { WebauthnSettings } from './settings/webauthn.settings';

export const SETTINGS_CLASSES: readonly SettingsClass[] = [
  ServerSettings,
  DatabaseSettings,
  RedisSettings,
  SecretSettings,
  TokenSettings,
  SigningKeySettings,
  MfaSettings,
  CodeSettings,
  WebauthnSettings,
  RiskSettings,
  AccountSettings,
  AuditSettings,
  RateLimitSettings,
  MessageSettings,
];

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Rules over several settings at once. */
export function crossCheckSettings(all: ReadonlyMap<SettingsClass, object>, env: Environment): string[] {
  const server = all.get(ServerSettings) as ServerSettings;
  const secrets = all.get(SecretSettings) as SecretSettings;
  const tokens = all.get(TokenSettings) as TokenSettings;
  const keys = all.get(SigningKeySettings) as SigningKeySettings;
  const accounts = all.get(AccountSettings) as AccountSettings;
  const rateLimits = all.get(RateLimitSettings) as RateLimitSettings;
  const mfa = all.get(MfaSettings) as MfaSettings;
  const webauthn = all.get(WebauthnSettings) as WebauthnSettings;
  const risk = all.get(RiskSettings) as RiskSettings;
  const problems: string[] = [];

  if (server.isProduction) {
    if (env['ISSUER'] === undefined || !tokens.issuer.startsWith('https://')) {
      problems.push('ISSUER: production needs the public https:// address of this service.');
    }
    if (secrets.encryptionKeys === undefined) {
      problems.push(
        'ENCRYPTION_KEYS: production needs a key of its own; `openssl rand -base64 32` makes one, written as id:key.',
      );
    } else if (keysOf(secrets.encryptionKeys).some(isSampleKey)) {
      problems.push(
        'ENCRYPTION_KEYS: one of the keys is a sample. Make one of your own with `openssl rand -base64 32`.',
      );
    }
    if (accounts.argon2MemoryKib < 19456) problems.push('ARGON2_MEMORY_KIB: production takes 19456 or more.');
    if (!rateLimits.isOn) problems.push('RATE_LIMITS: production takes `on` only.');
    if (accounts.argon2Time < 2) problems.push('ARGON2_TIME: production takes 2 or more.');
  } else if (!LOOPBACK.has(server.host) && !server.developmentExposed) {
    problems.push(
      'HOST: development listens on loopback only (127.0.0.1, ::1, localhost). Set NODE_ENV=production, or DEVELOPMENT_EXPOSED=true if you mean it.',
    );
  }
  if (secrets.encryptionKeys !== undefined) {
    const ids = secrets.encryptionKeys.split(',').map((entry) => entry.trim().split(':')[0]);
    if (new Set(ids).size !== ids.length) problems.push('ENCRYPTION_KEYS: every key needs an id of its own.');
  }
  if (tokens.audience.includes(`${tokens.issuer}/mfa`)) {
    problems.push('AUDIENCE: <ISSUER>/mfa is the audience of MFA tokens, and of nothing else.');
  }
  const tokensLive = tokens.accessTokenTtl;
  if (mfa.idleTimeout <= tokensLive) problems.push('MFA_IDLE_TIMEOUT: it must be longer than ACCESS_TOKEN_TTL.');
  if (tokens.sessionIdleTimeout <= tokensLive) {
    problems.push('SESSION_IDLE_TIMEOUT: it must be longer than ACCESS_TOKEN_TTL.');
  }
  if (keys.rotation <= 2 * keys.jwksMaxAge) {
    problems.push('SIGNING_KEY_ROTATION: it must be longer than twice JWKS_MAX_AGE.');
  }
  if (risk.endScore < risk.stepUpScore) {
    problems.push('RISK_END_SCORE: it must not be less than RISK_STEP_UP_SCORE.');
  }
  if (mfa.factors.every((type) => type === 'recovery_code')) {
    problems.push('MFA_FACTORS: at least one factor besides recovery_code is needed, such as totp.');
  }
  // ASVS 5.0 V6.6.1: SMS only where a stronger method is offered, too.
  if (mfa.factors.includes('sms') && mfa.factors.every((type) => ['sms', 'email', 'recovery_code'].includes(type))) {
    problems.push('MFA_FACTORS: sms needs a stronger factor beside it, such as totp.');
  }
  problems.push(...checkMessageSettings(all.get(MessageSettings) as MessageSettings));
  // Where the issuer is wrong, so is what follows from it.
  if (mfa.factors.includes('webauthn') && !problems.some((problem) => problem.startsWith('ISSUER'))) {
    problems.push(...relyingPartyProblems(webauthn.rpId, webauthn.origins));
  }
  return problems;
}

function keysOf(encryptionKeys: string): Buffer[] {
  return encryptionKeys
    .split(',')
    .map((entry) => Buffer.from(entry.trim().slice(entry.trim().indexOf(':') + 1), 'base64'));
}

/** A key that anybody could guess: one byte over and over, ASCII text, or counting up. */
function isSampleKey(key: Buffer): boolean {
  const distinct = new Set(key).size;
  return (
    distinct < 12 ||
    key.every((byte) => byte >= 0x20 && byte < 0x7f) ||
    key.every((byte, at) => byte === ((key[0] ?? 0) + at) % 256)
  );
}
