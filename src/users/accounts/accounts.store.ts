import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull, Not } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../../platform/clock/clock';
import { isUniqueViolation } from '../../platform/database/is-unique-violation';
import { returnedRows } from '../../platform/database/returned-rows';
import { DomainError } from '../../platform/errors/domain-error';
import type { AccountProfile, AccountStatus, NewAccount, SignInAccount } from './account';
import { RoleEntity } from '../roles/entities/role.entity';
import { UserEntity } from './entities/user.entity';
import { foldUsername } from './username';

/** An e-mail address in the form it is compared in. */
function foldEmail(email: string): string {
  return email.normalize('NFKC').toLowerCase();
}

/** An account by a row of `selectForSignIn`, which may have other columns beside. */
export function fromSignInRow(id: string, row: Readonly<Record<string, unknown>>): SignInAccount {
  const { username, status, roles, permissions, tokenVersion, mfaEnrolledAt, firstSignInAt } = row;
  const account = { id, username, status, roles, permissions, tokenVersion, mfaEnrolledAt, firstSignInAt };
  return account as SignInAccount;
}

@Injectable()
export class Accounts {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `username_taken` */
  async create(tx: EntityManager, account: NewAccount): Promise<AccountProfile> {
    const row: UserEntity = {
      id: uuidv7(),
      username: account.username.normalize('NFKC'),
      usernameFolded: foldUsername(account.username),
      displayName: account.displayName ?? null,
      locale: account.locale ?? null,
      email: account.email ?? null,
      emailFolded: account.email === undefined ? null : foldEmail(account.email),
      emailVerifiedAt: null,
      phone: account.phone ?? null,
      phoneVerifiedAt: null,
      roles: ['user'],
      status: 'active',
      tokenVersion: 1,
      mfaEnrolledAt: null,
      firstSignInAt: null,
      createdAt: this.clock.now(),
    };
    try {
      await tx.insert(UserEntity, row);
    } catch (error) {
      if (isUniqueViolation(error, 'uq_users_username_folded')) throw new DomainError('username_taken');
      throw error;
    }
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
    const users = tx.dataSource.getMetadata(UserEntity).tablePath;
    const roles = tx.dataSource.getMetadata(RoleEntity).tablePath;
    return `SELECT u.username, u.status, u.roles, u.token_version AS "tokenVersion",
              u.mfa_enrolled_at AS "mfaEnrolledAt", u.first_sign_in_at AS "firstSignInAt",
              (SELECT coalesce(array_agg(DISTINCT permission ORDER BY permission), '{}')
                 FROM ${roles} r CROSS JOIN unnest(r.permissions) AS permission
                WHERE r.name = ANY(u.roles)) AS permissions
         FROM ${users} u WHERE u.id = ${id}`;
  }

  async findProfile(id: string): Promise<AccountProfile | undefined> {
    const row = await this.dataSource.getRepository(UserEntity).findOneBy({ id });
    return row === null ? undefined : toProfile(row);
  }

  async roleNames(tx: EntityManager): Promise<string[]> {
    return (await tx.find(RoleEntity, { order: { name: 'ASC' } })).map(({ name }) => name);
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

  /**
   * Lets nobody else change the account, or which factors it has, until the end of the transaction. Comes before every lock on
   * a factor or a session.
   *
   * @returns undefined when the account is gone
   */
  async lock(tx: EntityManager, id: string): Promise<{ readonly isEnrolled: boolean } | undefined> {
    const row = await tx.findOne(UserEntity, {
      where: { id },
      select: { id: true, mfaEnrolledAt: true },
      lock: { mode: 'for_no_key_update' },
    });
    return row === null ? undefined : { isEnrolled: row.mfaEnrolledAt !== null };
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

  /** Verifies the address a message went to, if the account still has it and nobody else verified it first. */
  async markEmailVerified(tx: EntityManager, id: string, email: string): Promise<boolean> {
    try {
      const { affected } = await tx.update(
        UserEntity,
        { id, emailFolded: foldEmail(email) },
        { email, emailVerifiedAt: this.clock.now() },
      );
      return affected === 1;
    } catch (error) {
      if (isUniqueViolation(error, 'uq_users_verified_email')) return false;
      throw error;
    }
  }

  /** Changes roles or status, and outdates every access token of before. @returns the new token version */
  async changeRights(
    tx: EntityManager,
    id: string,
    change: { roles?: string[]; status?: AccountStatus },
  ): Promise<number | undefined> {
    const changed = await tx
      .createQueryBuilder()
      .update(UserEntity)
      .set({ ...change, tokenVersion: () => 'token_version + 1' })
      .where({ id })
      .returning('token_version')
      .execute();
    return returnedRows<{ token_version: number }>(changed)[0]?.token_version;
  }
}

function toProfile(row: UserEntity): AccountProfile {
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
