import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  /** `POST /v1/auth/refresh` */
  route: string;
  headers: IncomingHttpHeaders;
  bearer: string | undefined;
  body: unknown;
}

/** `drop` ends the connection without an answer. */
export type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | 'drop';
export type Handler = (received: Received) => Answer | Promise<Answer>;

/** A real HTTP server on a free port that says what a test tells it to, and remembers what it was asked. */
export class ScriptedServer {
  readonly received: Received[] = [];
  private readonly handlers = new Map<string, Handler>();
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      void this.answer(request).then((answer) => {
        if (answer === 'drop') {
          request.socket.destroy();
          return;
        }
        const type = answer.status >= 400 ? 'application/problem+json' : 'application/json';
        response.writeHead(answer.status, { 'content-type': type, ...answer.headers });
        response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Answers from now on. */
  on(route: string, handler: Handler): void {
    this.handlers.set(route, handler);
  }

  /** Answers one after another; the last one stays. */
  script(route: string, ...answers: Answer[]): void {
    let next = 0;
    this.on(route, () => answers[Math.min(next++, answers.length - 1)] ?? 'drop');
  }

  calls(route: string): Received[] {
    return this.received.filter((received) => received.route === route);
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const received: Received = {
      route: `${request.method ?? ''} ${request.url ?? ''}`,
      headers: request.headers,
      bearer: request.headers.authorization?.replace('Bearer ', ''),
      body: text === '' ? undefined : JSON.parse(text),
    };
    this.received.push(received);
    const handler = this.handlers.get(received.route);
    return handler === undefined ? { status: 404, body: { code: 'not_found' } } : handler(received);
  }
}
