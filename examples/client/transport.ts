import { CountersignProblem, CountersignUnreachable, problemFrom } from './problem';

export interface TransportOptions {
  /** Where the server is: `https://api.example.com`. */
  baseUrl: string;
  /** Default: the global `fetch`. */
  fetch?: typeof fetch;
  /** Milliseconds since 1970. Default: `Date.now`. */
  now?: () => number;
  /** Ends calls of the client's own when no answer comes. Default: `AbortSignal.timeout`. */
  deadline?: (milliseconds: number) => AbortSignal;
}

/**
 * How long the client's own calls wait. A refresh whose answer was lost has to be repeated within the server's
 * REFRESH_GRACE (30 s by default): two attempts fit.
 */
const ANSWER_DUE_IN = 10_000;

/** Sends requests to one origin, and turns every answer of 400 or above into a typed error. */
export class Transport {
  readonly now: () => number;
  private readonly base: URL;
  private readonly fetch: typeof fetch;
  private readonly deadline: (milliseconds: number) => AbortSignal;

  constructor(options: TransportOptions) {
    this.base = new URL(options.baseUrl);
    this.fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.now = options.now ?? (() => Date.now());
    this.deadline = options.deadline ?? ((milliseconds) => AbortSignal.timeout(milliseconds));
  }

  /** @throws CountersignProblem, CountersignUnreachable; what the caller's own `signal` throws. */
  async send(path: string, init: RequestInit, bearer?: string): Promise<Response> {
    const headers = new Headers(init.headers);
    if (bearer !== undefined) headers.set('authorization', `Bearer ${bearer}`);
    let response: Response;
    try {
      response = await this.fetch(this.urlOf(path), { ...init, headers });
    } catch (error) {
      if (error instanceof WrongOrigin || init.signal?.aborted === true) throw error;
      throw new CountersignUnreachable(path, { cause: error });
    }
    if (response.status >= 400) throw await problemFrom(response, this.now());
    return response;
  }

  /** One of the client's own calls: JSON in and out, a deadline, and no redirect that could carry a token elsewhere. */
  async call(method: string, path: string, body?: unknown, bearer?: string): Promise<unknown> {
    const signal = this.deadline(ANSWER_DUE_IN);
    const init: RequestInit = { method, signal, redirect: 'error', credentials: 'omit' };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { 'content-type': 'application/json' };
    }
    try {
      const response = await this.send(path, init, bearer);
      return response.status === 204 ? undefined : parse(await response.text());
    } catch (error) {
      if (error instanceof CountersignProblem || error instanceof CountersignUnreachable) throw error;
      if (error instanceof WrongOrigin) throw error;
      throw new CountersignUnreachable(path, { cause: error }); // the deadline, or a body cut short
    }
  }

  /** A token leaves for the server it came from, and for no other. */
  private urlOf(path: string): URL {
    const url = new URL(this.base.pathname.replace(/\/$/, '') + path, this.base);
    if (!path.startsWith('/') || url.origin !== this.base.origin) throw new WrongOrigin(path);
    return url;
  }
}

class WrongOrigin extends TypeError {
  constructor(path: string) {
    super(`"${path}" is not a path on the server: it has to begin with one slash`);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // A captive portal answers 200 with a page of its own.
    throw new CountersignProblem(
      { status: 200, code: 'unexpected_answer', detail: 'The answer is not JSON' },
      { cause },
    );
  }
}
