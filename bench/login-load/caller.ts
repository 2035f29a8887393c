import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';

export interface Answer {
  readonly status: number;
  readonly body: { readonly accessToken?: string; readonly code?: string };
  readonly retryAfter: string | undefined;
  readonly milliseconds: number;
}

const PASSWORD = 'a loom that weaves algebra';

/** Whoever asks the measured server. Reads and logins have connections of their own, so that neither waits for the other here. */
export class Caller {
  private readonly reads = new Agent({ keepAlive: true });
  private readonly logins = new Agent({ keepAlive: true });

  constructor(private readonly url: string) {}

  /** @returns the name of a new account */
  async register(): Promise<string> {
    const username = `p-${randomUUID()}`;
    const { status } = await this.post('/v1/auth/register', { username, password: PASSWORD });
    if (status !== 201) throw new Error(`The registration was answered ${status}`);
    return username;
  }

  logIn(identifier: string): Promise<Answer> {
    return this.post('/v1/auth/login', { identifier, password: PASSWORD });
  }

  read(path: string, token: string): Promise<Answer> {
    return this.send('GET', path, { authorization: `Bearer ${token}` }, '', this.reads);
  }

  close(): void {
    this.reads.destroy();
    this.logins.destroy();
  }

  private post(path: string, body: object): Promise<Answer> {
    return this.send('POST', path, { 'content-type': 'application/json' }, JSON.stringify(body), this.logins);
  }

  private send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    text: string,
    agent: Agent,
  ): Promise<Answer> {
    const began = performance.now();
    return new Promise((resolve, reject) => {
      const outgoing = request(`${this.url}${path}`, { agent, method, headers }, (response) => {
        let answered = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (answered += chunk));
        response.on('error', reject);
        response.on('end', () => {
          const milliseconds = performance.now() - began;
          resolve({
            status: response.statusCode ?? 0,
            body: (answered === '' ? {} : JSON.parse(answered)) as Answer['body'],
            retryAfter: response.headers['retry-after'],
            milliseconds,
          });
        });
      });
      outgoing.on('error', reject).end(text);
    });
  }
}
