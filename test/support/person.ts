import request, { type Response, type Test } from 'supertest';
import { Authenticator } from './authenticator';
import { readJws } from './jws';
import type { TestApp } from './test-app';

let people = 0;

/** Somebody who uses the API from outside: over HTTP, with an authenticator app and a good memory. */
export class Person {
  password = 'a loom that weaves algebra';
  /** Where mail reaches this person. */
  email: string;
  accessToken = '';
  refreshToken = '';
  mfaToken = '';
  recoveryCodes: string[] = [];
  authenticator!: Authenticator;
  factorId = '';
  sessionId = '';
  /** Where this person is, and with what; for an application that trusts a proxy. */
  client: { readonly ip: string; readonly userAgent: string } | undefined;

  constructor(
    private readonly app: TestApp,
    readonly username = `person-${++people}`,
  ) {
    this.email = `${username}@example.com`;
  }

  /** A person whose account an earlier application made in the same database. */
  static called(app: TestApp, username: string): Person {
    return new Person(app, username);
  }

  /** A person with an account. */
  static async registered(app: TestApp, { email }: { email?: string } = {}): Promise<Person> {
    const person = new Person(app);
    const { username, password } = person;
    await person.post('/v1/auth/register', { username, password, ...(email && { email }) }).expect(201);
    if (email !== undefined) person.email = email;
    return person;
  }

  /** A person with an account who is signed in by password. */
  static async signedIn(app: TestApp): Promise<Person> {
    const person = await Person.registered(app);
    await person.login();
    return person;
  }

  /** A person who is signed in by password and has verified an e-mail address. */
  static async withEmail(app: TestApp): Promise<Person> {
    const person = new Person(app);
    const { username, password, email } = person;
    await person.post('/v1/auth/register', { username, password, email }).expect(201);
    await person.login();
    await person
      .post('/v1/users/me/email/verify', { token: await person.mailedToken() }, person.accessToken)
      .expect(200);
    return person;
  }

  /** A person with an authenticator app, signed in with it, whose next code has not been used. */
  static async withApp(app: TestApp): Promise<Person> {
    const person = await Person.signedIn(app);
    await person.enroll();
    await person.activate();
    app.clock.advance(30);
    return person;
  }

  /** A person whose only factor sends codes to this address or number, signed in with it. */
  static async withCodes(app: TestApp, type: 'email' | 'sms', destination: string): Promise<Person> {
    const person = await Person.signedIn(app);
    await person.enrollCodes(type, destination);
    await person.activateWith(await person.codeSentTo(destination));
    return person;
  }

  /** The same person on another device: knows and carries the same, and is signed in nowhere. */
  elsewhere(): Person {
    const { authenticator, factorId, recoveryCodes, email } = this;
    return Object.assign(new Person(this.app, this.username), { authenticator, factorId, recoveryCodes, email });
  }

  /** The token of the newest message to this person. */
  async mailedToken(): Promise<string> {
    const { body } = await this.get(`/dev/outbox?to=${encodeURIComponent(this.email)}`).expect(200);
    return (body.items as { data: { token: string } }[])[0]!.data.token;
  }

  post(path: string, body: object = {}, token?: string): Test {
    return this.send('post', path, token).send(body);
  }

  get(path: string, token?: string): Test {
    return this.send('get', path, token);
  }

  delete(path: string, token?: string): Test {
    return this.send('delete', path, token);
  }

  patch(path: string, body: object, token?: string): Test {
    return this.send('patch', path, token).send(body);
  }

  put(path: string, body: object, token?: string): Test {
    return this.send('put', path, token).send(body);
  }

  /** Its account, by the last access token. */
  get id(): string {
    return readJws(this.accessToken).payload['sub'] as string;
  }

  /** Verifies the app once more, in the session that it has. */
  async stepUp(): Promise<this> {
    const challenge = await this.challenge(this.accessToken);
    this.take((await this.verify(challenge, this.authenticator.code(), this.accessToken).expect(200)).body);
    this.app.clock.advance(30);
    return this;
  }

  async login(): Promise<Response> {
    const response = await this.post('/v1/auth/login', { identifier: this.username, password: this.password }).expect(
      200,
    );
    this.take(response.body);
    return response;
  }

  /** Follows the link in the message that asked for it. */
  async verifyEmail(): Promise<void> {
    const { body } = await this.get(`/dev/outbox?to=${encodeURIComponent(this.email)}`).expect(200);
    const { token } = (body.items as { data: { token?: string } }[]).find(({ data }) => data.token !== undefined)!.data;
    await this.post('/v1/users/me/email/verify', { token }, this.accessToken).expect(200);
  }

  /** Begins an authenticator app, with the access token or, where there is none, the MFA token. */
  async enroll(token = this.accessToken || this.mfaToken): Promise<Response> {
    const response = await this.post('/v1/mfa/factors', { type: 'totp' }, token).expect(201);
    this.authenticator = new Authenticator(response.body.enrollment.secret, this.app.clock);
    this.factorId = response.body.factor.id;
    return response;
  }

  /** Begins codes by e-mail or SMS. */
  async enrollCodes(type: 'email' | 'sms', destination?: string): Promise<Response> {
    const named = destination === undefined ? {} : { [type === 'email' ? 'email' : 'phone']: destination };
    const token = this.accessToken || this.mfaToken;
    const response = await this.post('/v1/mfa/factors', { type, ...named }, token).expect(201);
    this.factorId = response.body.factor.id;
    return response;
  }

  /** Every code that was sent to an address or number, the newest first. */
  async codesSentTo(destination: string): Promise<string[]> {
    const { body } = await this.get(`/dev/outbox?to=${encodeURIComponent(destination)}`).expect(200);
    const items = body.items as { data: { code?: string } }[];
    return items.flatMap(({ data: { code } }) => (code === undefined ? [] : [code]));
  }

  async codeSentTo(destination: string): Promise<string> {
    return (await this.codesSentTo(destination))[0]!;
  }

  async activate(token = this.accessToken || this.mfaToken): Promise<Response> {
    return this.activateWith(this.authenticator.code(), token);
  }

  async activateWith(code: string, token = this.accessToken || this.mfaToken): Promise<Response> {
    const path = `/v1/mfa/factors/${this.factorId}/activate`;
    const response = await this.post(path, { code }, token).expect(200);
    this.recoveryCodes = response.body.recoveryCodes ?? this.recoveryCodes;
    this.take(response.body.auth);
    return response;
  }

  /** Begins a challenge. @returns its id */
  async challenge(token = this.mfaToken, factorId?: string): Promise<string> {
    const response = await this.post('/v1/mfa/challenges', { ...(factorId && { factorId }) }, token).expect(201);
    return response.body.id as string;
  }

  verify(challengeId: string, code: string, token = this.mfaToken): Test {
    return this.post(`/v1/mfa/challenges/${challengeId}/verify`, { code }, token);
  }

  /** Password, then the app. */
  async loginWithApp(): Promise<Response> {
    await this.login();
    const response = await this.verify(await this.challenge(), this.authenticator.code()).expect(200);
    this.take(response.body);
    this.app.clock.advance(30);
    return response;
  }

  refresh(refreshToken = this.refreshToken): Test {
    return this.post('/v1/auth/refresh', { refreshToken });
  }

  /** Confirms the password. */
  reauthenticate(token = this.accessToken): Test {
    return this.post('/v1/auth/reauthenticate', { password: this.password }, token);
  }

  /** Keeps the tokens of an answer. */
  take(body: { accessToken?: string; refreshToken?: string; mfaToken?: string; session?: { id: string } }): void {
    this.accessToken = body.accessToken ?? '';
    this.refreshToken = body.refreshToken ?? this.refreshToken;
    this.mfaToken = body.mfaToken ?? '';
    this.sessionId = body.session?.id ?? this.sessionId;
  }

  send(method: 'get' | 'post' | 'put' | 'delete' | 'patch', path: string, token?: string): Test {
    const test = request(this.app.url)[method](path);
    if (this.client) void test.set({ 'x-forwarded-for': this.client.ip, 'user-agent': this.client.userAgent });
    return token === undefined || token === '' ? test : test.set('authorization', `Bearer ${token}`);
  }
}
