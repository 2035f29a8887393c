import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { Certificate } from './certificate';

/**
 * What the server does with a mail: takes it; refuses the recipient for good; defers it; takes all of it and then says nothing (holds);
 * drops the connection in the middle; does not even greet (ignores).
 */
export type MailServerMood = 'takes' | 'refuses' | 'defers' | 'holds' | 'drops' | 'ignores';

export interface ReceivedMail extends ParsedMail {
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly isEncrypted: boolean;
  /** As it came over the wire. */
  readonly source: string;
}

export interface MailServerOptions {
  /** For STARTTLS; without one there is none. */
  readonly certificate?: Certificate;
  readonly port?: number;
  /** Who may send; everybody when left out. */
  readonly credentials?: { readonly user: string; readonly password: string };
}

/** A real mail server on loopback. */
export class MailServer {
  /** What it acknowledged. */
  readonly mails: ReceivedMail[] = [];
  /** How many connections there were. */
  connections = 0;
  mood: MailServerMood = 'takes';
  port = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server: SMTPServer;

  private constructor({ certificate, credentials }: MailServerOptions) {
    const options: SMTPServerOptions = {
      authOptional: credentials === undefined,
      disabledCommands: certificate ? [] : ['STARTTLS', 'AUTH'],
      ...(certificate && { key: certificate.key, cert: certificate.cert }),
      closeTimeout: 200,
      onConnect: (_session, accept) => {
        this.connections++;
        if (this.mood !== 'ignores') accept();
      },
      onAuth: ({ username, password }, _session, done) => {
        if (username === credentials?.user && password === credentials?.password) done(null, { user: username });
        else done(new Error('Invalid login'));
      },
      onRcptTo: ({ address }, _session, done) => {
        if (this.mood === 'refuses') done(replyOf(550, `No such user ${address}`));
        else if (this.mood === 'defers') done(replyOf(451, `Try ${address} later`));
        else done();
      },
      onData: (stream, session, done) => {
        if (this.mood === 'drops') this.dropConnections();
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          if (this.mood === 'holds') return;
          const { mailFrom, rcptTo } = session.envelope;
          const from = mailFrom === false ? '' : mailFrom.address;
          const envelope = { from, to: rcptTo.map(({ address }) => address) };
          const source = Buffer.concat(chunks).toString('utf8');
          void simpleParser(source).then((mail) => {
            this.mails.push({ ...mail, envelope, isEncrypted: session.secure, source });
            done();
          });
        });
      },
    };
    this.server = new SMTPServer(options);
    this.server.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    // What a client does to its connection is no trouble of the test.
    this.server.on('error', () => undefined);
  }

  static async start(options: MailServerOptions = {}): Promise<MailServer> {
    const mailServer = new MailServer(options);
    mailServer.server.listen(options.port ?? 0, '127.0.0.1');
    await once(mailServer.server.server, 'listening');
    mailServer.port = (mailServer.server.server.address() as AddressInfo).port;
    return mailServer;
  }

  /** Mails to this address. */
  to(address: string): ReceivedMail[] {
    return this.mails.filter(({ envelope }) => envelope.to.includes(address));
  }

  dropConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.dropConnections();
    await new Promise<void>((stopped) => {
      this.server.close(stopped);
    });
  }
}

function replyOf(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
