import 'reflect-metadata';
import { parseArgs } from 'node:util';
import type { DataSource } from 'typeorm';
import { AuditLog } from '../platform/audit/audit-log';
import { SystemClock } from '../platform/clock/clock';
import { loadSettings } from '../platform/config/load-settings';
import { TokenSettings } from '../platform/config/settings/token.settings';
import { readEnvironment, settingsFor } from '../platform/config/settings.module';
import { openDataSource } from '../platform/database/open-data-source';
import { readDatabaseSettings } from '../platform/database/read-database-settings';
import type { ServiceClient } from '../tokens/oauth/clients/service-client';
import { ServiceClientStore } from '../tokens/oauth/clients/service-client.store';
import { explain, UsageError } from './explain';

const USAGE = `Services that may ask about tokens (POST /oauth/introspect):

  npm run clients:create -- --name NAME --audience AUDIENCE [--audience AUDIENCE …]     prints id and secret, once
  npm run clients:list
  npm run clients:revoke -- ID
`;

/** Works beside a running server, which knows of a change at once: it keeps no clients in memory. */
class ClientCommands {
  private readonly clock = new SystemClock();
  private readonly audit = new AuditLog(this.clock);
  private readonly clients = new ServiceClientStore(this.clock);

  constructor(private readonly dataSource: DataSource) {}

  async create(name: string, audiences: string[]): Promise<string> {
    const { id, secret } = await this.dataSource.transaction(async (tx) => {
      const created = await this.clients.create(tx, name, audiences);
      const details = { clientId: created.id, name, audiences };
      await this.audit.record(tx, { type: 'client.created', outcome: 'success', details });
      return created;
    });
    return `client_id      ${id}\nclient_secret  ${secret}\n\nThe secret is shown this once. A client that loses it gets a new one by being made anew.`;
  }

  async list(): Promise<string> {
    const clients = await this.clients.list(this.dataSource.manager);
    return clients.length === 0 ? 'There are no clients.' : clients.map(inOneLine).join('\n');
  }

  async revoke(id: string): Promise<string> {
    await this.dataSource.transaction(async (tx) => {
      if (!(await this.clients.revoke(tx, id))) throw new UsageError(`There is no live client ${id}.`);
      await this.audit.record(tx, { type: 'client.revoked', outcome: 'success', details: { clientId: id } });
    });
    return 'Revoked. Its secret is refused from now on.';
  }
}

function inOneLine({ id, name, audiences, createdAt, lastUsedAt, revokedAt }: ServiceClient): string {
  const times = [
    `created ${createdAt.toISOString()}`,
    lastUsedAt === null ? 'never used' : `last used ${lastUsedAt.toISOString()}`,
    ...(revokedAt === null ? [] : [`revoked ${revokedAt.toISOString()}`]),
  ];
  return `${id}  ${name}  [${audiences.join(', ')}]  ${times.join(', ')}`;
}

interface Command {
  readonly run: (commands: ClientCommands) => Promise<string>;
}

/** @throws UsageError */
function readCommand(): Command {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { name: { type: 'string' }, audience: { type: 'string', multiple: true } },
  });
  const [command, id, ...others] = positionals;
  const { name = '', audience = [] } = values;
  if (command === 'create' && id === undefined) {
    if (!/^[\x20-\x7e]{1,64}$/.test(name)) throw new UsageError('--name takes 1 to 64 printable characters.');
    assertAudiences(audience);
    return { run: (commands) => commands.create(name, [...new Set(audience)]) };
  }
  if (command === 'list' && id === undefined) return { run: (commands) => commands.list() };
  if (command === 'revoke' && id !== undefined && others.length === 0) {
    return { run: (commands) => commands.revoke(id) };
  }
  throw new UsageError(USAGE);
}

/** No token is ever for another audience: a client for one could only be a slip of the pen. */
function assertAudiences(wanted: readonly string[]): void {
  const { audience } = settingsFor(loadSettings([TokenSettings], readEnvironment()), TokenSettings);
  const unknown = wanted.filter((each) => !audience.includes(each));
  if (wanted.length > 0 && unknown.length === 0) return;
  const complaint = wanted.length === 0 ? '--audience is missing' : `No such audience: ${unknown.join(', ')}`;
  throw new UsageError(`${complaint}. Tokens are for: ${audience.join(', ')} (AUDIENCE).`);
}

async function main(): Promise<void> {
  const command = readCommand();
  const dataSource = await openDataSource(readDatabaseSettings(), { shareRunningServer: true });
  try {
    process.stdout.write(`${await command.run(new ClientCommands(dataSource))}\n`);
  } finally {
    await dataSource.destroy();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
});
