import 'reflect-metadata';
import { parseArgs } from 'node:util';
import type { DataSource, EntityManager } from 'typeorm';
import { AuditLog } from '../platform/audit/audit-log';
import { SystemClock } from '../platform/clock/clock';
import { loadSettings } from '../platform/config/load-settings';
import { MfaSettings } from '../platform/config/settings/mfa.settings';
import { readEnvironment, settingsFor } from '../platform/config/settings.module';
import { openDataSource } from '../platform/database/open-data-source';
import { readDatabaseSettings } from '../platform/database/read-database-settings';
import { DomainEvents } from '../platform/events/domain-events';
import { RevocationLog } from '../tokens/revocation/revocation-log';
import { SessionEndings } from '../tokens/sessions/session-endings.store';
import { Accounts } from '../users/accounts/accounts.store';
import { takesAdministrator } from '../administration/acts/authority';
import { RoleStore } from '../users/roles/role.store';
import { OneTimeTokenStore } from '../users/one-time-tokens/one-time-token.store';
import { explain, UsageError } from './explain';

const USAGE = `npm run account -- COMMAND USERNAME

  roles USERNAME [ROLE …]     gives the account exactly these roles, beside "user"
  disable USERNAME            nobody signs in with it any more; its tokens are refused
  enable USERNAME
  enrollment-code USERNAME    prints a code that enrolls a first factor, once, within 24 hours
`;

const CODE_TTL_SECONDS = 24 * 3600;

type Rights = Parameters<Accounts['changeRights']>[2];

/** What an operator does to an account from a shell. Works beside a running server, which refuses old tokens at once. */
class AccountCommands {
  private readonly clock = new SystemClock();
  private readonly audit = new AuditLog(this.clock);
  private readonly events = new DomainEvents(this.clock);
  private readonly accounts: Accounts;
  private readonly revocations: RevocationLog;
  private readonly sessions: SessionEndings;
  private readonly roleStore: RoleStore;

  constructor(private readonly dataSource: DataSource) {
    this.accounts = new Accounts(dataSource, this.clock, this.events);
    this.roleStore = new RoleStore(this.clock, this.events);
    this.revocations = new RevocationLog(dataSource, this.clock, readDatabaseSettings());
    this.sessions = new SessionEndings(this.clock, this.revocations, this.audit, this.events);
  }

  async roles(userId: string, roles: string[]): Promise<string> {
    const wanted = [...new Set(['user', ...roles])];
    await this.change(userId, { roles: wanted });
    return `Its roles are now: ${wanted.join(', ')}. Tokens from before are refused.`;
  }

  async status(userId: string, status: 'active' | 'disabled'): Promise<string> {
    await this.change(userId, { status });
    return status === 'disabled' ? 'Disabled. Its tokens are refused.' : 'Enabled.';
  }

  async enrollmentCode(userId: string): Promise<string> {
    const tokens = new OneTimeTokenStore(this.clock);
    const code = await this.dataSource.transaction(async (tx) => {
      await this.audit.record(tx, { type: 'account.enrollment_code_made', outcome: 'success', subjectId: userId });
      return tokens.create(tx, 'enroll_factor', userId, CODE_TTL_SECONDS);
    });
    return `${code}\n\nHand it over in person: it is enrollmentCode of POST /v1/mfa/factors, works once, and lasts 24 hours.`;
  }

  async find(username: string): Promise<string> {
    const userId = await this.accounts.findIdByIdentifier(username);
    if (userId === undefined) throw new UsageError(`There is no account ${username}.`);
    return userId;
  }

  private async change(userId: string, change: Rights): Promise<void> {
    await this.dataSource.transaction(async (tx) => {
      await this.roleStore.lockRights(tx);
      await this.accounts.lock(tx, userId);
      await this.assertAdministratorLeft(tx, userId, change);
      await this.assertRoles(tx, userId, change.roles ?? []);
      const version = await this.accounts.changeRights(tx, userId, change);
      if (version === undefined) throw new UsageError('The account is gone.');
      await this.revocations.revokeUser(tx, userId, version);
      // Enabling it later must bring nothing back.
      if (change.status === 'disabled') await this.sessions.endAll(tx, userId, 'account_refused');
      await this.audit.record(tx, {
        type: 'account.rights_changed',
        outcome: 'success',
        subjectId: userId,
        details: change,
      });
    });
  }

  private async assertAdministratorLeft(tx: EntityManager, userId: string, change: Rights): Promise<void> {
    const account = await this.accounts.findForSignIn(tx, userId);
    if (account === undefined || !takesAdministrator(account, change)) return;
    if (await this.roleStore.hasOtherAdministrator(tx, userId)) return;
    throw new UsageError('This is the last administrator. Make another one first: npm run admin:create.');
  }

  private async assertRoles(tx: EntityManager, userId: string, roles: string[]): Promise<void> {
    const known = (await this.roleStore.list(tx)).map(({ name }) => name);
    const unknown = roles.filter((role) => !known.includes(role));
    if (unknown.length > 0)
      throw new UsageError(`No such role: ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
    const mfa = settingsFor(loadSettings([MfaSettings], readEnvironment()), MfaSettings);
    const account = await this.accounts.findForSignIn(tx, userId);
    const demanding = mfa.rolesThatDemandFactor(roles);
    if (account?.mfaEnrolledAt === null && demanding.length > 0) {
      throw new UsageError(`${demanding.join(', ')}: only for an account that has a second factor. Enroll one first.`);
    }
  }
}

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [command, username, ...rest] = positionals;
  if (command === undefined || username === undefined) throw new UsageError(USAGE);
  const dataSource = await openDataSource(readDatabaseSettings(), { shareRunningServer: true });
  try {
    const commands = new AccountCommands(dataSource);
    const userId = await commands.find(username);
    const answer = {
      roles: () => commands.roles(userId, rest),
      disable: () => commands.status(userId, 'disabled'),
      enable: () => commands.status(userId, 'active'),
      'enrollment-code': () => commands.enrollmentCode(userId),
    }[command];
    if (answer === undefined) throw new UsageError(USAGE);
    process.stdout.write(`${await answer()}\n`);
  } finally {
    await dataSource.destroy();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
});
