import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small internet over TLS: under one name the service, under every other an empty page. */
export class WebSites {
  private constructor(private readonly server: Server) {}

  /** @param hosts by name, the address of the service that stands behind it */
  static async start(hosts: Readonly<Record<string, string>>): Promise<WebSites> {
    const server = createServer(selfSigned(), (incoming, response) => {
      const behind = hosts[incoming.headers.host ?? ''];
      if (behind !== undefined) {
        passOn(behind, incoming, response);
        return;
      }
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>A page</title>');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new WebSites(server);
  }

  /** What makes Chromium find every name here. */
  get resolverRule(): string {
    return `--host-resolver-rules=MAP * 127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

function passOn(behind: string, incoming: IncomingMessage, response: ServerResponse): void {
  const { method = 'GET', url = '/', headers } = incoming;
  const outgoing = request(new URL(url, behind), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.pipe(response);
  });
  outgoing.on('error', () => response.destroy());
  incoming.pipe(outgoing);
}

function selfSigned(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const names = ['-days', '1', '-subj', '/CN=example.test'];
    execFileSync('openssl', ['req', '-x509', ...curve, ...names, '-keyout', key, '-out', cert], { stdio: 'pipe' });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
