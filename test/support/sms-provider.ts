import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ProviderRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ProviderAnswer {
  readonly status: number;
  readonly body?: object | string;
  readonly headers?: Record<string, string>;
}

/** A real HTTP server on loopback that answers as it is told: `silence` is none, `drop` ends the connection. */
export class SmsProvider {
  readonly requests: ProviderRequest[] = [];
  answer: ProviderAnswer | 'silence' | 'drop' = { status: 200 };
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        this.requests.push({ method, path: url, headers, body });
        if (this.answer === 'silence') return;
        if (this.answer === 'drop') {
          request.socket.destroy();
          return;
        }
        const { status, body: text = '', headers: more = {} } = this.answer;
        response.writeHead(status, { 'content-type': 'application/json', ...more });
        response.end(typeof text === 'string' ? text : JSON.stringify(text));
      });
    });
  }

  static async start(): Promise<SmsProvider> {
    const provider = new SmsProvider();
    provider.server.listen(0, '127.0.0.1');
    await once(provider.server, 'listening');
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
