import { randomUUID } from 'node:crypto';
import { totpCode } from '../support/authenticator';
import type { JsonClient } from '../support/json-client';

const PASSWORD = 'a loom that weaves algebra';

interface SignedIn {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** An account of ours with an authenticator app, logged in with it. */
export class CountersignPerson {
  private constructor(
    private readonly client: JsonClient,
    private readonly username: string,
    private readonly secret: string,
    private refreshToken: string,
  ) {}

  static async register(client: JsonClient): Promise<CountersignPerson> {
    const username = `p-${randomUUID()}`;
    await client.call('POST', '/v1/auth/register', {}, { username, password: PASSWORD });
    const { body: signedIn } = await client.call<SignedIn>('POST', '/v1/auth/login', {}, credentials(username));
    const headers = bearer(signedIn.accessToken);
    const { body: begun } = await client.call<{ factor: { id: string }; enrollment: { secret: string } }>(
      'POST',
      '/v1/mfa/factors',
      headers,
      { type: 'totp' },
    );
    const { secret } = begun.enrollment;
    const { body: activated } = await client.call<{ auth: SignedIn }>(
      'POST',
      `/v1/mfa/factors/${begun.factor.id}/activate`,
      headers,
      { code: totpCode(secret) },
    );
    return new CountersignPerson(client, username, secret, activated.auth.refreshToken);
  }

  /** New tokens for the refresh token of the last time. */
  async refresh(): Promise<void> {
    const { refreshToken } = this;
    const { body } = await this.client.call<SignedIn>('POST', '/v1/auth/refresh', {}, { refreshToken });
    this.refreshToken = body.refreshToken;
  }

  /** The password again, which asks for the second factor. */
  async logIn(): Promise<PendingSignIn> {
    const { body } = await this.client.call<{ mfaToken: string }>(
      'POST',
      '/v1/auth/login',
      {},
      credentials(this.username),
    );
    return new PendingSignIn(this.client, bearer(body.mfaToken), this.secret);
  }
}

/** A sign-in of ours that waits for the second factor. */
export class PendingSignIn {
  private challengeId = '';

  constructor(
    private readonly client: JsonClient,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly secret: string,
  ) {}

  async challenge(): Promise<void> {
    const { body } = await this.client.call<{ id: string }>('POST', '/v1/mfa/challenges', this.headers, {});
    this.challengeId = body.id;
  }

  async verify(): Promise<void> {
    const path = `/v1/mfa/challenges/${this.challengeId}/verify`;
    // The code of the next step, which is taken too: that of now may have been used up to activate the factor.
    await this.client.call('POST', path, this.headers, { code: totpCode(this.secret, 1) });
  }
}

function credentials(identifier: string) {
  return { identifier, password: PASSWORD };
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}
