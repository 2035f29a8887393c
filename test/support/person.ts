import request, { type Response, type Test } from 'supertest';
import { Authenticator } from './authenticator';
import type { TestApp } from './test-app';

let people = 0;

/** Somebody who uses the API from outside: over HTTP, with an authenticator app and a good memory. */
export class Person {
  readonly password = 'a loom that weaves algebra';
  accessToken = '';
  refreshToken = '';
  mfaToken = '';
  recoveryCodes: string[] = [];
  authenticator!: Authenticator;
  factorId = '';
  sessionId = '';

  constructor(
    private readonly app: TestApp,
    readonly username = `person-${++people}`,
  ) {}

  /** A person whose account an earlier application made in the same database. */
  static called(app: TestApp, username: string): Person {
    return new Person(app, username);
  }

  /** A person with an account. */
  static async registered(app: TestApp): Promise<Person> {
    const person = new Person(app);
    await person.post('/v1/auth/register', { username: person.username, password: person.password }).expect(201);
    return person;
  }

  /** A person with an account who is signed in by password. */
  static async signedIn(app: TestApp): Promise<Person> {
    const person = await Person.registered(app);
    await person.login();
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

  /** The same person on another device: knows and carries the same, and is signed in nowhere. */
  elsewhere(): Person {
    const { authenticator, factorId, recoveryCodes } = this;
    return Object.assign(new Person(this.app, this.username), { authenticator, factorId, recoveryCodes });
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

  async login(): Promise<Response> {
    const response = await this.post('/v1/auth/login', { identifier: this.username, password: this.password }).expect(
      200,
    );
    this.take(response.body);
    return response;
  }

  /** Begins an authenticator app, with the access token or, where there is none, the MFA token. */
  async enroll(token = this.accessToken || this.mfaToken): Promise<Response> {
    const response = await this.post('/v1/mfa/factors', { type: 'totp' }, token).expect(201);
    this.authenticator = new Authenticator(response.body.enrollment.secret, this.app.clock);
    this.factorId = response.body.factor.id;
    return response;
  }

  async activate(token = this.accessToken || this.mfaToken): Promise<Response> {
    const path = `/v1/mfa/factors/${this.factorId}/activate`;
    const response = await this.post(path, { code: this.authenticator.code() }, token).expect(200);
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

  send(method: 'get' | 'post' | 'delete' | 'patch', path: string, token?: string): Test {
    const test = request(this.app.url)[method](path);
    return token === undefined || token === '' ? test : test.set('authorization', `Bearer ${token}`);
  }
}
