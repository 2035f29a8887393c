import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull, Not } from 'typeorm';
import { newId } from '../../platform/crypto/new-id';
import { Clock } from '../../platform/clock/clock';
import { isUniqueViolation } from '../../platform/database/is-unique-violation';
import { momentOf } from '../../platform/database/moment-of';
import { returnedRows } from '../../platform/database/returned-rows';
import { DomainEvents } from '../../platform/events/domain-events';
import { DomainError } from '../../platform/errors/domain-error';
import type { AccountContact, AccountProfile, AccountStatus, NewAccount, SignInAccount } from './account';
import { RoleEntity } from '../roles/entities/role.entity';
import { LastSignInEntity } from './entities/last-sign-in.entity';
import { UserEntity } from './entities/user.entity';
import { foldEmail, mailboxOf } from './mailbox';
import { foldUsername } from './username';

/** An account by a row of `selectForSignIn`, as the driver reads it or as PostgreSQL writes it as JSON. */
export function fromSignInRow(id: string, row: Readonly<Record<string, unknown>>): SignInAccount {
  const { username, status, roles, permissions, tokenVersion, recoveredMailbox } = row;
  const [mfaEnrolledAt, firstSignInAt] = [momentOf(row['mfaEnrolledAt']), momentOf(row['firstSignInAt'])];
  const rights = { username, status, roles, permissions, tokenVersion };
  return { id, ...rights, mfaEnrolledAt, recoveredMailbox, firstSignInAt } as SignInAccount;
}

export interface LockedAccount {
  readonly isEnrolled: boolean;
  readonly recoveredMailbox: string | null;
}

@Injectable()
export class Accounts {
  /** `selectForSignIn` by the expression: put together once. */
  private readonly selections = new Map<string, string>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly events: DomainEvents,
  ) {}

  /** @throws DomainError `username_taken` */
  async create(tx: EntityManager, account: NewAccount): Promise<AccountProfile> {
    const row: UserEntity = {
      id: newId(),
      username: account.username.normalize('NFKC'),
      usernameFolded: foldUsername(account.username),
      displayName: account.displayName ?? null,
      locale: account.locale ?? null,
      email: account.email ?? null,
      emailFolded: account.email === undefined ? null : foldEmail(account.email),
      emailVerifiedAt: null,
      phone: account.phone ?? null,
      phoneVerifiedAt: null,
      roles: account.roles ?? ['user'],
      status: 'active',
      tokenVersion: 1,
      mfaEnrolledAt: null,
      recoveredMailbox: null,
      firstSignInAt: null,
      createdAt: this.clock.now(),
    };
    try {
      await tx.insert(UserEntity, row);
    } catch (error) {
      if (isUniqueViolation(error, 'uq_users_username_folded')) throw new DomainError('username_taken');
      throw error;
    }
    await this.events.publish(tx, 'UserRegistered', { userId: row.id });
    return toProfile(row);
  }

  /** The account a login names: with `@` by verified e-mail address, else by username. */
  async findIdByIdentifier(identifier: string): Promise<string | undefined> {
    const users = this.dataSource.getRepository(UserEntity);
    const where = identifier.includes('@')
      ? { emailFolded: foldEmail(identifier), emailVerifiedAt: Not(IsNull()) }
      : { usernameFolded: foldUsername(identifier) };
    return (await users.findOne({ where, select: { id: true } }))?.id;
  }

  async findForSignIn(tx: EntityManager, id: string): Promise<SignInAccount | undefined> {
    const [row] = await tx.query<Readonly<Record<string, unknown>>[]>(this.selectForSignIn(tx, '$1'), [id]);
    return row && fromSignInRow(id, row);
  }

  /**
   * The same as a part of another statement. One SELECT: the token version belongs to exactly these roles and permissions.
   *
   * @param id an SQL expression, never a value
   */
  selectForSignIn(tx: EntityManager, id: string): string {
    const known = this.selections.get(id);
    if (known !== undefined) return known;
    const users = tx.dataSource.getMetadata(UserEntity).tablePath;
    const roles = tx.dataSource.getMetadata(RoleEntity).tablePath;
    const sql = `SELECT u.username, u.status, u.roles, u.token_version AS "tokenVersion",
              u.mfa_enrolled_at AS "mfaEnrolledAt", u.recovered_mailbox AS "recoveredMailbox",
              u.first_sign_in_at AS "firstSignInAt",
              (SELECT coalesce(array_agg(DISTINCT permission ORDER BY permission), '{}')
                 FROM ${roles} r CROSS JOIN unnest(r.permissions) AS permission
                WHERE r.name = ANY(u.roles)) AS permissions
         FROM ${users} u WHERE u.id = ${id}`;
    this.selections.set(id, sql);
    return sql;
  }

  async findProfile(id: string): Promise<AccountProfile | undefined> {
    return this.findProfileIn(this.dataSource.manager, id);
  }

  /** How its owner is reached. */
  async findContact(tx: EntityManager, id: string): Promise<AccountContact | undefined> {
    return this.findProfileIn(tx, id);
  }

  /** The same within a transaction. */
  async findProfileIn(tx: EntityManager, id: string): Promise<AccountProfile | undefined> {
    const row = await tx.findOneBy(UserEntity, { id });
    return row === null ? undefined : toProfile(row);
  }

  async updateProfile(id: string, change: { displayName?: string | null; locale?: string | null }): Promise<void> {
    // A DTO has its fields also where nothing was sent, and TypeORM refuses an update without values.
    const fields: [string, string | null | undefined][] = Object.entries(change);
    const given = Object.fromEntries(fields.filter(([, value]) => value !== undefined));
    if (Object.keys(given).length > 0) await this.dataSource.getRepository(UserEntity).update({ id }, given);
  }

  async markFirstSignIn(tx: EntityManager, id: string): Promise<void> {
    await tx.update(UserEntity, { id, firstSignInAt: IsNull() }, { firstSignInAt: this.clock.now() });
  }

  /** A sign-in that was completed just now. In a table of its own, so that it waits for nobody who changes the account. */
  async markSignIn(tx: EntityManager, id: string): Promise<void> {
    await tx.upsert(LastSignInEntity, { userId: id, at: this.clock.now() }, ['userId']);
  }

  /** Everything that belongs to the account goes with it. @returns whether it was there */
  async delete(tx: EntityManager, id: string): Promise<boolean> {
    const isDeleted = (await tx.delete(UserEntity, { id })).affected === 1;
    if (isDeleted) await this.events.publish(tx, 'UserDeleted', { userId: id });
    return isDeleted;
  }

  /**
   * Lets nobody else change the account, or which factors it has, until the end of the transaction. Comes before every lock on
   * a factor or a session.
   *
   * @returns undefined when the account is gone
   */
  async lock(tx: EntityManager, id: string): Promise<LockedAccount | undefined> {
    const row = await tx.findOne(UserEntity, {
      where: { id },
      select: { id: true, mfaEnrolledAt: true, recoveredMailbox: true },
      lock: { mode: 'for_no_key_update' },
    });
    return row === null
      ? undefined
      : { isEnrolled: row.mfaEnrolledAt !== null, recoveredMailbox: row.recoveredMailbox };
  }

  /** @returns whether this was the account's first factor: true once, whoever else tries at the same time */
  async claimFirstFactor(tx: EntityManager, id: string): Promise<boolean> {
    const { affected } = await tx.update(
      UserEntity,
      { id, mfaEnrolledAt: IsNull() },
      { mfaEnrolledAt: this.clock.now() },
    );
    return affected === 1;
  }

  async clearMfaEnrollment(tx: EntityManager, id: string): Promise<void> {
    await tx.update(UserEntity, { id }, { mfaEnrolledAt: null });
  }

  /** The mailbox that last reset the password; null where an independent factor was verified since. */
  async recoveredMailbox(tx: EntityManager, id: string): Promise<string | null> {
    const row = await tx.findOne(UserEntity, { where: { id }, select: { id: true, recoveredMailbox: true } });
    return row?.recoveredMailbox ?? null;
  }

  /**
   * Notes that whoever reads `email` has reset the password, and outdates every access token of before.
   *
   * @returns the new token version; undefined when the account is disabled, or that is not its verified address any more
   */
  async markRecovered(tx: EntityManager, id: string, email: string): Promise<number | undefined> {
    const changed = await tx
      .createQueryBuilder()
      .update(UserEntity)
      .set({ recoveredMailbox: mailboxOf(email), tokenVersion: () => 'token_version + 1' })
      .where({ id, status: 'active', emailFolded: foldEmail(email), emailVerifiedAt: Not(IsNull()) })
      .returning('token_version')
      .execute();
    return returnedRows<{ token_version: number }>(changed)[0]?.token_version;
  }

  /** An independent factor was verified. */
  async clearRecoveredMailbox(tx: EntityManager, id: string): Promise<void> {
    await tx.update(UserEntity, { id, recoveredMailbox: Not(IsNull()) }, { recoveredMailbox: null });
  }

  /** Of a new password. Which sessions end with it is said to the revocation log, not by this. */
  async raiseTokenVersion(tx: EntityManager, id: string): Promise<void> {
    await tx.increment(UserEntity, { id }, 'tokenVersion', 1);
  }

  /** Changes roles or status, and outdates every access token of before. @returns the new token version */
  async changeRights(
    tx: EntityManager,
    id: string,
    change: { roles?: string[]; status?: AccountStatus },
  ): Promise<number | undefined> {
    const before = await tx.findOne(UserEntity, {
      where: { id },
      select: { id: true, roles: true, status: true },
      lock: { mode: 'for_no_key_update' },
    });
    if (before === null) return undefined;
    const changed = await tx
      .createQueryBuilder()
      .update(UserEntity)
      .set({ ...change, tokenVersion: () => 'token_version + 1' })
      .where({ id })
      .returning('token_version')
      .execute();
    const { roles = before.roles, status = before.status } = change;
    if (!isSameSet(roles, before.roles)) await this.events.publish(tx, 'RolesChanged', { userId: id, roles });
    if (status !== before.status) {
      await this.events.publish(tx, status === 'disabled' ? 'UserDisabled' : 'UserEnabled', { userId: id });
    }
    return returnedRows<{ token_version: number }>(changed)[0]?.token_version;
  }
}

export function toProfile(row: UserEntity): AccountProfile {
  return {
    id: row.id,
    username: row.username,
    displayName: row.displayName,
    locale: row.locale,
    email: row.email,
    emailVerified: row.emailVerifiedAt !== null,
    phone: row.phone,
    phoneVerified: row.phoneVerifiedAt !== null,
    roles: row.roles,
    mfaEnrolled: row.mfaEnrolledAt !== null,
    createdAt: row.createdAt,
  };
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((each) => others.includes(each));
}
