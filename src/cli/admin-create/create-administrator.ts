import type { DataSource } from 'typeorm';
import { AuditLog } from '../../platform/audit/audit-log';
import type { Clock } from '../../platform/clock/clock';
import type { SettingsClass } from '../../platform/config/load-settings';
import { AccountSettings } from '../../platform/config/settings/account.settings';
import { ServerSettings } from '../../platform/config/settings/server.settings';
import { settingsFor } from '../../platform/config/settings.module';
import { DomainError } from '../../platform/errors/domain-error';
import { DomainEvents } from '../../platform/events/domain-events';
import { Accounts } from '../../users/accounts/accounts.store';
import { OneTimeTokenStore } from '../../users/one-time-tokens/one-time-token.store';
import { BreachedPasswords } from '../../users/passwords/breached-passwords';
import { PasswordStore } from '../../users/passwords/password.store';
import { Passwords } from '../../users/passwords/passwords.service';
import { RoleStore } from '../../users/roles/role.store';
import { UsageError } from '../explain';

const ROLES = ['user', 'admin'];
const TTL_SECONDS = 24 * 3600;

export interface NewAdministrator {
  readonly username: string;
  readonly email?: string | undefined;
  /** Undefined where it is chosen by a link. */
  readonly password?: string | undefined;
}

export interface CreatedAdministrator {
  readonly enrollmentCode: string;
  /** Chooses the password, where there is none yet. */
  readonly passwordToken: string | undefined;
}

/** Makes an account with the role `admin`, and a code to enroll its second factor. */
export class CreateAdministrator {
  private readonly accounts: Accounts;
  private readonly roles: RoleStore;
  private readonly oneTimeTokens: OneTimeTokenStore;
  private readonly stored: PasswordStore;
  private readonly passwords: Passwords;
  private readonly audit: AuditLog;

  constructor(
    private readonly dataSource: DataSource,
    clock: Clock,
    settings: ReadonlyMap<SettingsClass, object>,
  ) {
    const [account, server] = [settingsFor(settings, AccountSettings), settingsFor(settings, ServerSettings)];
    const events = new DomainEvents(clock);
    this.accounts = new Accounts(dataSource, clock, events);
    this.roles = new RoleStore(clock, events);
    this.oneTimeTokens = new OneTimeTokenStore(clock);
    this.stored = new PasswordStore(dataSource, this.oneTimeTokens, clock, events);
    this.passwords = new Passwords(this.stored, new BreachedPasswords(account), account, server);
    this.audit = new AuditLog(clock);
  }

  /** @throws UsageError when the name is taken, or the password is not acceptable */
  async create({ username, email, password }: NewAdministrator): Promise<CreatedAdministrator> {
    try {
      const hash =
        password === undefined ? undefined : await this.hash(password, [username, ...(email ? [email] : [])]);
      return await this.write({ username, ...(email !== undefined && { email }) }, hash);
    } catch (error) {
      throw error instanceof DomainError ? new UsageError(inWords(error, username)) : error;
    }
  }

  private async hash(password: string, identity: readonly string[]): Promise<string> {
    await this.passwords.assertAcceptable(password, identity, 'password');
    return this.passwords.hash(password);
  }

  private async write(
    account: { readonly username: string; readonly email?: string },
    hash: string | undefined,
  ): Promise<CreatedAdministrator> {
    return this.dataSource.transaction(async (tx) => {
      await this.roles.lockRights(tx);
      const { id } = await this.accounts.create(tx, { ...account, roles: ROLES });
      if (hash !== undefined) await this.stored.create(tx, id, hash);
      const event = { type: 'account.created', outcome: 'success', subjectId: id, details: { roles: ROLES } } as const;
      await this.audit.record(tx, event);
      const make = (purpose: 'enroll_factor' | 'choose_password') =>
        this.oneTimeTokens.create(tx, purpose, id, TTL_SECONDS);
      return {
        enrollmentCode: await make('enroll_factor'),
        passwordToken: hash === undefined ? await make('choose_password') : undefined,
      };
    });
  }
}

function inWords({ code, options, message }: DomainError, username: string): string {
  if (code !== 'username_taken') return options.detail ?? message;
  return `There is an account ${username} already. npm run account -- roles ${username} admin makes it an administrator.`;
}
