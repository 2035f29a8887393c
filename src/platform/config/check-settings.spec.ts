import { randomBytes } from 'node:crypto';
import { crossCheckSettings } from './check-settings';
import { SettingsError } from './load-settings';
import { AccountSettings } from './settings/account.settings';
import { DatabaseSettings } from './settings/database.settings';
import { SecretSettings } from './settings/secret.settings';
import { ServerSettings } from './settings/server.settings';
import { TokenSettings } from './settings/token.settings';
import { WebauthnSettings } from './settings/webauthn.settings';
import { readSettings, settingsFor } from './settings.module';

const ownKey = () => `k1:${randomBytes(32).toString('base64')}`;
const production = () => ({
  NODE_ENV: 'production',
  ISSUER: 'https://auth.example.com',
  ENCRYPTION_KEYS: ownKey(),
});

function refusalOf(env: Record<string, string>): readonly string[] {
  try {
    readSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe(readSettings.name, () => {
  it('needs nothing in development', () => {
    const settings = readSettings({});
    expect(settingsFor(settings, ServerSettings)).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      docs: true,
      shutdownDelay: 0,
    });
    expect(settingsFor(settings, TokenSettings).issuer).toBe('http://localhost:3000');
    expect(settingsFor(settings, DatabaseSettings)).toMatchObject({ dataDir: '.data', migrateOnStart: true });
  });

  it('takes empty variables for none, in every default that depends on them', () => {
    const settings = readSettings({ PORT: '', ISSUER: '', APP_URL: '', DATABASE_URL: '', NODE_ENV: '' });
    expect(settingsFor(settings, TokenSettings).issuer).toBe('http://localhost:3000');
    expect(settingsFor(settings, ServerSettings).appUrl).toBe('http://localhost:3000/account');
    expect(settingsFor(settings, DatabaseSettings).url).toBeUndefined();
  });

  it('names all wrong variables at once, and prints none of their values', () => {
    const wrong = {
      NODE_ENV: 'prod-ish',
      PORT: '70000',
      APP_NAME: 'a:b',
      ALLOWED_ORIGINS: 'https://secret.example/path',
      TRUST_PROXY: 'true',
      DATABASE_URL: 'mysql://root:hunter2@db/app',
      REDIS_URL: 'https://:hunter2@cache:6379',
      ENCRYPTION_KEYS: 'k1:c2VjcmV0',
      ISSUER: 'ftp://secret.example',
      ACCESS_TOKEN_TTL: '5',
      MFA_POLICY: 'sometimes',
      HASH_CONCURRENCY: '99',
    };
    const problems = refusalOf(wrong);
    expect(problems.map((problem) => problem.split(':')[0]).toSorted()).toEqual(Object.keys(wrong).toSorted());
    for (const value of Object.values(wrong).filter((text) => text !== 'true' && text !== '5')) {
      expect(problems.join('\n')).not.toContain(value);
    }
    expect(problems.join('\n')).not.toMatch(/hunter2|c2VjcmV0|secret\.example/);
  });
});

describe(crossCheckSettings.name, () => {
  it('lets production start with an issuer and a key of its own', () => {
    expect(refusalOf(production())).toEqual([]);
    const settings = readSettings(production());
    expect(settingsFor(settings, ServerSettings)).toMatchObject({
      docs: false,
      examples: false,
      shutdownDelay: 5,
    });
    expect(settingsFor(settings, ServerSettings).hasDevelopmentRoutes).toBe(false);
  });

  it('asks in production for everything that is missing, together', () => {
    const problems = refusalOf({ NODE_ENV: 'production' });
    expect(problems).toEqual([expect.stringMatching(/^ISSUER:/), expect.stringMatching(/^ENCRYPTION_KEYS:/)]);
  });

  it.each(['http://auth.example.com', 'http://localhost:3000'])('refuses the issuer %s in production', (ISSUER) => {
    expect(refusalOf({ ...production(), ISSUER })).toEqual([expect.stringMatching(/^ISSUER:.*https/)]);
  });

  it.each([
    ['zeros', Buffer.alloc(32)],
    ['one byte over and over', Buffer.alloc(32, 0x5a)],
    ['readable text', Buffer.from('change-me-please-change-me-now!!')],
    ['bytes that count up', Buffer.from(Array.from({ length: 32 }, (_, at) => 200 + at))],
  ])('refuses a sample key in production: %s', (_name, bytes) => {
    const key = bytes.toString('base64');
    const problems = refusalOf({ ...production(), ENCRYPTION_KEYS: `${ownKey()},old:${key}` });
    expect(problems).toEqual([expect.stringMatching(/^ENCRYPTION_KEYS:.*sample/)]);
    expect(problems[0]).not.toContain(key);
  });

  it.each([
    'api.pwnedpasswords.com',
    'ftp://mirror.example/range',
    'https://mirror.example/range?mode=ntlm',
    'https://mirror.example/range#x',
  ])('refuses %s for breached passwords', (BREACHED_PASSWORDS_URL) => {
    expect(refusalOf({ BREACHED_PASSWORDS_URL })).toEqual([expect.stringMatching(/^BREACHED_PASSWORDS_URL:/)]);
  });

  it.each(['https://api.pwnedpasswords.com/range', 'http://127.0.0.1:8080/range/', 'http://pwned/range'])(
    'takes %s for breached passwords',
    (BREACHED_PASSWORDS_URL) => {
      expect(refusalOf({ BREACHED_PASSWORDS_URL })).toEqual([]);
    },
  );

  it.each([
    'cache:6379',
    'redis://',
    'redis://cache:port',
    'redis://cache/first',
    'redis://a b',
    'redis://cache?tls=1',
  ])('refuses %s for a Redis', (REDIS_URL) => {
    expect(refusalOf({ REDIS_URL })).toEqual([expect.stringMatching(/^REDIS_URL:.*redis:\/\//)]);
  });

  it.each(['redis://cache', 'redis://cache:6379/3', 'rediss://user:p%40ss@cache.example.com:6380', 'redis://:p@[::1]'])(
    'takes %s for a Redis',
    (REDIS_URL) => {
      expect(refusalOf({ REDIS_URL })).toEqual([]);
    },
  );

  it('refuses two keys of one id', () => {
    expect(refusalOf({ ENCRYPTION_KEYS: `${ownKey()},${ownKey()}` })).toEqual([
      expect.stringMatching(/^ENCRYPTION_KEYS:.*id of its own/),
    ]);
  });

  it('refuses cheap password hashes in production', () => {
    const cheap = { ARGON2_MEMORY_KIB: '8192', ARGON2_TIME: '1' };
    expect(refusalOf({ ...production(), ...cheap })).toEqual([
      expect.stringMatching(/^ARGON2_MEMORY_KIB:/),
      expect.stringMatching(/^ARGON2_TIME:/),
    ]);
    expect(settingsFor(readSettings(cheap), AccountSettings).argon2Time).toBe(1);
  });

  it.each(['0.0.0.0', '::', '192.168.1.10', 'example.com'])('refuses to listen on %s in development', (HOST) => {
    expect(refusalOf({ HOST })).toEqual([expect.stringMatching(/^HOST:.*loopback/)]);
    expect(refusalOf({ ...production(), HOST })).toEqual([]);
  });

  it.each(['127.0.0.1', '::1', 'localhost'])('listens on %s in development', (HOST) => {
    expect(refusalOf({ HOST })).toEqual([]);
  });

  it('takes the development routes away from who exposes development', () => {
    const settings = readSettings({ HOST: '0.0.0.0', DEVELOPMENT_EXPOSED: 'true' });
    expect(settingsFor(settings, ServerSettings).hasDevelopmentRoutes).toBe(false);
  });

  it('demands a factor besides recovery codes', () => {
    expect(refusalOf({ MFA_FACTORS: 'recovery_code' })).toEqual([expect.stringMatching(/^MFA_FACTORS:/)]);
    expect(refusalOf({ MFA_FACTORS: 'sms,email,recovery_code' })).toEqual([
      'MFA_FACTORS: sms needs a stronger factor beside it, such as totp.',
    ]);
  });

  it('takes passkeys for the host and at the origin of the issuer, unless it is told others', () => {
    const passkeysOf = (env: Record<string, string>) => settingsFor(readSettings(env), WebauthnSettings);
    expect(passkeysOf({})).toEqual({ rpId: 'localhost', origins: ['http://localhost:3000'] });
    expect(passkeysOf({ ISSUER: 'https://id.example.com:8443/auth' })).toEqual({
      rpId: 'id.example.com',
      origins: ['https://id.example.com:8443'],
    });
    const own = { WEBAUTHN_RP_ID: 'example.com', WEBAUTHN_ORIGINS: 'https://example.com, https://app.example.com' };
    expect(passkeysOf({ ...production(), ...own })).toEqual({
      rpId: 'example.com',
      origins: ['https://example.com', 'https://app.example.com'],
    });
  });

  it('refuses a relying party that browsers would refuse, unless passkeys are switched off', () => {
    const strange = { ...production(), WEBAUTHN_ORIGINS: 'https://elsewhere.test' };
    expect(refusalOf(strange)).toEqual([expect.stringMatching(/^WEBAUTHN_RP_ID:.*WEBAUTHN_ORIGINS/)]);
    expect(refusalOf({ ...strange, MFA_FACTORS: 'totp' })).toEqual([]);
    expect(refusalOf({ ...production(), WEBAUTHN_ORIGINS: 'http://auth.example.com' })).toEqual([
      expect.stringMatching(/^WEBAUTHN_ORIGINS:.*https/),
    ]);
    expect(refusalOf({ WEBAUTHN_ORIGINS: 'https://secret.example/path' })).toEqual([
      expect.stringMatching(/^WEBAUTHN_ORIGINS:(?!.*secret)/),
    ]);
  });

  it('keeps the audience of MFA tokens for MFA tokens', () => {
    const expected = [expect.stringMatching(/^AUDIENCE:/)];
    expect(refusalOf({ ISSUER: 'https://id.example', AUDIENCE: 'countersign,https://id.example/mfa' })).toEqual(
      expected,
    );
    expect(refusalOf({ ISSUER: 'https://id.example', AUDIENCE: 'https://id.example' })).toEqual([]);
  });

  it.each(['MFA_IDLE_TIMEOUT', 'SESSION_IDLE_TIMEOUT'])(
    'refuses a %s that ends before an access token does: nobody refreshes in between',
    (name) => {
      const expected = [expect.stringMatching(new RegExp(`^${name}:.*ACCESS_TOKEN_TTL`))];
      expect(refusalOf({ [name]: '300' })).toEqual(expected); // as long as the default of ACCESS_TOKEN_TTL
      expect(refusalOf({ [name]: '301' })).toEqual([]);
      expect(refusalOf({ [name]: '900', ACCESS_TOKEN_TTL: '901' })).toEqual(expected);
      expect(refusalOf({ [name]: '900', ACCESS_TOKEN_TTL: '899' })).toEqual([]);
    },
  );

  it('refuses keys that rotate before the next one may sign', () => {
    const expected = [expect.stringMatching(/^SIGNING_KEY_ROTATION:.*JWKS_MAX_AGE/)];
    expect(refusalOf({ SIGNING_KEY_ROTATION: '600' })).toEqual(expected);
    expect(refusalOf({ SIGNING_KEY_ROTATION: '601' })).toEqual([]);
    expect(refusalOf({ JWKS_MAX_AGE: '86400', SIGNING_KEY_ROTATION: '172800' })).toEqual(expected);
  });

  it.each(['EdDSA', 'none', 'es256', 'HS512', 'RS256,ES256'])(
    'knows no signature algorithm %s',
    (SIGNING_ALGORITHM) => {
      expect(refusalOf({ SIGNING_ALGORITHM })).toEqual([expect.stringMatching(/^SIGNING_ALGORITHM:/)]);
    },
  );

  it('leaves secrets alone in development, where one is made', () => {
    expect(settingsFor(readSettings({}), SecretSettings).encryptionKeys).toBeUndefined();
  });
});
