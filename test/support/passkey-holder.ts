import request, { type Response, type Test } from 'supertest';
import { Passkey, type Ceremony, type CeremonyOptions } from './passkey';
import { Person } from './person';
import type { TestApp } from './test-app';

/** Somebody with a passkey, and an account to use it for. */
export class PasskeyHolder {
  factorId = '';
  /** The factor that was begun last. */
  pendingId = '';
  recoveryCodes: string[] = [];

  constructor(
    private readonly app: TestApp,
    readonly person: Person,
    readonly passkey = new Passkey(),
  ) {}

  /** Somebody whose only factor is a passkey, signed in with password and passkey. */
  static async enrolled(app: TestApp, passkey = new Passkey()): Promise<PasskeyHolder> {
    const holder = new PasskeyHolder(app, await Person.signedIn(app), passkey);
    await holder.enroll();
    return holder;
  }

  /** Begins a passkey. @returns the id of the factor, and what the authenticator gets to see */
  async begin(name?: string): Promise<{ factorId: string; publicKey: CeremonyOptions & Record<string, unknown> }> {
    const { person } = this;
    const body = { type: 'webauthn', ...(name !== undefined && { name }) };
    const response = await person.post('/v1/mfa/factors', body, person.accessToken || person.mfaToken).expect(201);
    this.pendingId = response.body.factor.id as string;
    return { factorId: this.pendingId, publicKey: response.body.enrollment.publicKey };
  }

  activate(credential: object, factorId = this.pendingId): Test {
    const { person } = this;
    const path = `/v1/mfa/factors/${factorId}/activate`;
    return person.post(path, { credential }, person.accessToken || person.mfaToken);
  }

  async enroll(change?: Ceremony): Promise<Response> {
    const { publicKey } = await this.begin();
    const response = await this.activate(this.passkey.create(publicKey, change)).expect(200);
    this.person.take(response.body.auth);
    this.factorId = this.pendingId;
    this.recoveryCodes = response.body.recoveryCodes ?? [];
    return response;
  }

  /** Begins a challenge of the passkey. */
  async challenge(token = this.person.accessToken): Promise<{ id: string; publicKey: CeremonyOptions }> {
    const { body } = await this.person.post('/v1/mfa/challenges', { factorId: this.factorId }, token).expect(201);
    return body as { id: string; publicKey: CeremonyOptions };
  }

  verify(challengeId: string, credential: object, token = this.person.accessToken): Test {
    return this.person.post(`/v1/mfa/challenges/${challengeId}/verify`, { credential }, token);
  }

  /** Password, then the passkey. */
  async loginWithPassword(change?: Ceremony): Promise<Response> {
    await this.person.login();
    const { id, publicKey } = await this.challenge(this.person.mfaToken);
    return this.verify(id, this.passkey.get(publicKey, change), this.person.mfaToken);
  }

  /** The passkey alone. */
  async login(change?: Ceremony): Promise<Response> {
    const { challengeId, publicKey } = await passkeyOptions(this.app);
    return passkeyLogin(this.app, { challengeId, credential: this.passkey.get(publicKey, change) });
  }
}

/** Asks for a challenge, as nobody in particular. */
export async function passkeyOptions(app: TestApp): Promise<{ challengeId: string; publicKey: CeremonyOptions }> {
  const { body } = await request(app.url).post('/v1/auth/passkey/options').send({}).expect(200);
  return body as { challengeId: string; publicKey: CeremonyOptions };
}

export function passkeyLogin(app: TestApp, body: object): Test {
  return request(app.url).post('/v1/auth/passkey/login').send(body);
}
