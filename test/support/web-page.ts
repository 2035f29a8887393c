import { parseSetCookie } from 'cookie';
import request, { type Response, type Test } from 'supertest';
import type { TestApp } from './test-app';

export const COOKIE = '__Host-csr';

/** A page in a browser: its origin goes with every request, and so does the cookie that the service set. */
export class WebPage {
  /** The refresh token in the jar; undefined without one. */
  cookie: string | undefined;
  accessToken = '';

  constructor(
    private readonly app: TestApp,
    readonly origin: string | undefined,
  ) {}

  /** The same browser, another page: the jar is the browser's. */
  at(origin: string | undefined): WebPage {
    return Object.assign(new WebPage(this.app, origin), { cookie: this.cookie, accessToken: this.accessToken });
  }

  post(path: string, body?: object, headers: Record<string, string> = {}): Test {
    const test = request(this.app.url).post(path).set(headers);
    if (this.origin !== undefined) test.set('origin', this.origin);
    if (this.cookie !== undefined) test.set('cookie', `${COOKIE}=${this.cookie}`);
    return body === undefined ? test : test.send(body);
  }

  /** As {@link post}, with the access token. */
  authorized(path: string, body?: object): Test {
    return this.post(path, body, { authorization: `Bearer ${this.accessToken}` });
  }

  login(identifier: string, password: string): Test {
    return this.post('/v1/auth/login', { identifier, password }, { 'x-token-transport': 'cookie' });
  }

  refresh(body?: object): Test {
    return this.post('/v1/auth/refresh', body);
  }

  /** Keeps what an answer gives, as a browser and its page would. */
  take(response: Response): void {
    const [header] = setCookiesOf(response);
    const { value } = parseSetCookie(header ?? '');
    if (header !== undefined) this.cookie = value === '' ? undefined : value;
    const body = response.body as { accessToken?: string; auth?: { accessToken?: string } };
    this.accessToken = (body.auth ?? body).accessToken ?? this.accessToken;
  }
}

export function setCookiesOf({ headers }: Response): string[] {
  return (headers['set-cookie'] as string[] | undefined) ?? [];
}
