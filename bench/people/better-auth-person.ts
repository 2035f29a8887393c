import { randomUUID } from 'node:crypto';
import { totpCode } from '../support/authenticator';
import type { JsonClient } from '../support/json-client';

const PASSWORD = 'a loom that weaves algebra';

/** An account at better-auth, signed in. */
export class BetterAuthPerson {
  private constructor(
    private readonly client: JsonClient,
    private readonly origin: string,
    private readonly email: string,
    /** Of the session that is signed in; with the cookie cache on, with the cached session in it. */
    readonly cookie: string,
  ) {}

  static async signUp(client: JsonClient, origin: string): Promise<BetterAuthPerson> {
    const email = `p-${randomUUID()}@bench.example`;
    const person = { email, password: PASSWORD, name: email };
    const { cookie } = await client.call('POST', '/api/auth/sign-up/email', { origin }, person);
    return new BetterAuthPerson(client, origin, email, cookie);
  }

  /** With an authenticator app from now on; then the password again, which asks for its code. */
  async signInWithTotp(): Promise<PendingTwoFactor> {
    const { client, origin, email, cookie } = this;
    const enable = { password: PASSWORD };
    const { body } = await client.call<{ totpURI: string }>(
      'POST',
      '/api/auth/two-factor/enable',
      { origin, cookie },
      enable,
    );
    const secret = new URL(body.totpURI).searchParams.get('secret') ?? '';
    const code = totpCode(secret);
    await client.call('POST', '/api/auth/two-factor/verify-totp', { origin, cookie }, { code });
    const pending = await client.call<{ twoFactorRedirect?: boolean }>(
      'POST',
      '/api/auth/sign-in/email',
      { origin },
      { email, password: PASSWORD },
    );
    if (pending.body.twoFactorRedirect !== true) throw new Error('better-auth asks for no second factor');
    return new PendingTwoFactor(client, { origin, cookie: onlySet(pending.cookie) }, secret);
  }
}

/** A sign-in at better-auth that waits for the second factor. */
export class PendingTwoFactor {
  constructor(
    private readonly client: JsonClient,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly secret: string,
  ) {}

  async verify(): Promise<void> {
    const { body } = await this.client.call<{ token?: string }>(
      'POST',
      '/api/auth/two-factor/verify-totp',
      this.headers,
      { code: totpCode(this.secret) },
    );
    if (body.token === undefined) throw new Error('better-auth signs nobody in');
  }
}

/** Without the cookies that the answer takes away. */
function onlySet(cookies: string): string {
  return cookies
    .split('; ')
    .filter((cookie) => !cookie.endsWith('='))
    .join('; ');
}
