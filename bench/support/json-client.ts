import { Agent, type IncomingMessage, request } from 'node:http';
import { CONNECTIONS } from './settings';

export interface Answer<Body> {
  readonly body: Body;
  /** What a browser would send back as `Cookie`. */
  readonly cookie: string;
}

/** JSON over connections that stay open. */
export class JsonClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

  constructor(private readonly url: string) {}

  /** @throws Error on any answer but a 2xx */
  async call<Body>(
    method: 'GET' | 'POST',
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: object,
  ): Promise<Answer<Body>> {
    const response = await this.send(method, path, headers, body === undefined ? undefined : JSON.stringify(body));
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    const { statusCode = 0 } = response;
    if (statusCode < 200 || statusCode > 299) throw new Error(`${method} ${path}: ${statusCode} ${text}`);
    const cookies = (response.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0] ?? '');
    return { body: (text === '' ? undefined : JSON.parse(text)) as Body, cookie: cookies.join('; ') };
  }

  close(): void {
    this.agent.destroy();
  }

  private send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    text: string | undefined,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${this.url}${path}`,
        {
          agent: this.agent,
          method,
          headers: {
            ...headers,
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
          },
        },
        resolve,
      );
      outgoing.on('error', reject).end(text);
    });
  }
}

/** Makes `count` of something, so many at once. */
export async function makeMany<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) made.push(await make(next++));
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return made;
}
