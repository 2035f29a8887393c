import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between the service and PostgreSQL: counts what is asked, and can be cut or hang. */
export class PostgresProxy {
  /** The text of every statement that went through. */
  readonly queries: string[] = [];
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private server: Server | undefined;
  private port = 0;
  private hangs = false;

  private constructor(private readonly target: URL) {}

  static async to(databaseUrl: string): Promise<PostgresProxy> {
    const proxy = new PostgresProxy(new URL(databaseUrl));
    await proxy.listen();
    return proxy;
  }

  /** What leads through here. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${this.port}`;
    return url.toString();
  }

  /** Closes every connection and takes no more, as if the server were down. */
  async cut(): Promise<void> {
    const closed = this.server && once(this.server, 'close');
    this.server?.close();
    for (const sockets of this.pairs) for (const socket of sockets) socket.destroy();
    await closed;
    this.server = undefined;
  }

  /** Keeps every connection and takes more, but nothing comes through, as if the network had gone. */
  hang(): void {
    this.hangs = true;
    for (const sockets of this.pairs) for (const socket of sockets) socket.pause();
  }

  /** Lets everything through again, what has waited too. */
  async heal(): Promise<void> {
    this.hangs = false;
    for (const sockets of this.pairs) for (const socket of sockets) socket.resume();
    if (this.server === undefined) await this.listen();
  }

  private async listen(): Promise<void> {
    this.server = createServer((client) => {
      this.join(client);
    }).listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  private join(client: Socket): void {
    const server = connect(Number(this.target.port || 5432), this.target.hostname);
    const pair = [client, server] as const;
    this.pairs.add(pair);
    const messages = new FrontendMessages((text) => this.queries.push(text));
    client.on('data', (bytes: Buffer) => {
      messages.take(bytes);
      server.write(bytes);
    });
    server.on('data', (bytes: Buffer) => client.write(bytes));
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        for (const each of pair) each.destroy();
        this.pairs.delete(pair);
      });
      if (this.hangs) socket.pause();
    }
  }
}

/** Reads the messages of a client (PostgreSQL documentation, "Message Formats") for the statements in them. */
class FrontendMessages {
  private rest = Buffer.alloc(0);
  private hasStarted = false;

  constructor(private readonly onStatement: (text: string) => void) {}

  take(bytes: Buffer): void {
    this.rest = Buffer.concat([this.rest, bytes]);
    for (;;) {
      // The first message has no type; the others begin with one byte of it.
      const head = this.hasStarted ? 1 : 0;
      if (this.rest.length < head + 4) return;
      const end = head + this.rest.readInt32BE(head);
      if (this.rest.length < end) return;
      const type = this.hasStarted ? String.fromCharCode(this.rest[0]!) : 'startup';
      const body = this.rest.toString('utf8', head + 4, end);
      this.rest = this.rest.subarray(end);
      this.hasStarted = true;
      if (type === 'Q') this.onStatement(body.split('\0')[0]!);
      if (type === 'P') this.onStatement(body.split('\0')[1]!); // Parse: name, then statement
    }
  }
}
