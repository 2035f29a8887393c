import 'reflect-metadata';
import { parseArgs } from 'node:util';
import type { DataSource } from 'typeorm';
import { AuditLog } from '../platform/audit/audit-log';
import { SystemClock } from '../platform/clock/clock';
import { openDataSource } from '../platform/database/open-data-source';
import { readDatabaseSettings } from '../platform/database/read-database-settings';
import { DomainEvents } from '../platform/events/domain-events';
import { RevocationLog } from '../tokens/revocation/revocation-log';
import { SessionEndings } from '../tokens/sessions/session-endings.store';
import { Accounts } from '../users/accounts/accounts.store';
import { explain, UsageError } from './explain';

const USAGE = `npm run sessions:end -- USERNAME
npm run sessions:end -- --all

Ends every session of the account, or of everybody: access tokens, refresh tokens and sign-ins under way are refused, by running
servers within about a second. Nobody is locked out: people log in again. If it is cut off, run it again.
`;

/** Sessions of one transaction. */
const BATCH = 1000;

/** Ends sessions from a shell, beside running servers. */
class EndSessions {
  private readonly clock = new SystemClock();
  private readonly audit = new AuditLog(this.clock);
  private readonly events = new DomainEvents(this.clock);
  private readonly sessions: SessionEndings;

  constructor(private readonly dataSource: DataSource) {
    const revocations = new RevocationLog(dataSource, this.clock, readDatabaseSettings());
    this.sessions = new SessionEndings(this.clock, revocations, this.audit, this.events);
  }

  async of(username: string): Promise<string> {
    const userId = await new Accounts(this.dataSource, this.clock, this.events).findIdByIdentifier(username);
    if (userId === undefined) throw new UsageError(`There is no account ${username}.`);
    await this.dataSource.transaction(async (tx) => {
      await this.sessions.endAll(tx, userId, 'ended_by_operator');
      await this.audit.record(tx, { type: 'account.sessions_revoked', outcome: 'success', subjectId: userId });
    });
    return `The sessions of ${username} have ended.`;
  }

  /** What begins meanwhile stays, or there would be no end while people log in. */
  async all(): Promise<string> {
    const begunBy = this.clock.now();
    const endSome = () =>
      this.dataSource.transaction(async (tx) => {
        const count = await this.sessions.endSome(tx, begunBy, BATCH, 'ended_by_operator');
        const details = { cause: 'ended_by_operator', count };
        if (count > 0) await this.audit.record(tx, { type: 'session.ended', outcome: 'success', details });
        return count;
      });
    let total = 0;
    for (let count = await endSome(); count > 0; count = await endSome()) total += count;
    return `${total} sessions have ended.`;
  }
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { all: { type: 'boolean' } } });
  const [username, ...rest] = positionals;
  const all = values.all === true;
  if (rest.length > 0 || all === (username !== undefined)) throw new UsageError(USAGE);
  const dataSource = await openDataSource(readDatabaseSettings(), { shareRunningServer: true });
  try {
    const commands = new EndSessions(dataSource);
    process.stdout.write(`${await (username === undefined ? commands.all() : commands.of(username))}\n`);
  } finally {
    await dataSource.destroy();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
});
