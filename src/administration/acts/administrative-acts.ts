import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Principal } from '../../access/principal';
import { type AuditEvent, AuditLog } from '../../platform/audit/audit-log';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import { invalidToken } from '../../tokens/access-tokens/bearer-token';
import { RevocationPoller } from '../../tokens/revocation/revocation-poller';
import type { SignInAccount } from '../../users/accounts/account';
import { Accounts } from '../../users/accounts/accounts.store';
import { RoleStore } from '../../users/roles/role.store';
import { includesRights } from './authority';

/** Who acts, and from where. */
export interface ActingCaller {
  readonly principal: Principal;
  readonly client: ClientInfo;
}

/** What is recorded of an act, whether it succeeds or is refused. Never a secret. */
export interface ActRecord {
  readonly type: AuditEvent['type'];
  /** Whose account it concerns; the actor's own unless said. */
  readonly subjectId?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface AccountAct<T> extends Omit<ActRecord, 'subjectId'> {
  readonly userId: string;
  /** @throws DomainError where the account must not be acted on even by its owner */
  readonly check?: (tx: EntityManager, account: SignInAccount) => Promise<void>;
  readonly act: (tx: EntityManager, account: SignInAccount, actor: SignInAccount) => Promise<T>;
}

/**
 * Runs what administrators do: one act after the other, by an actor whose rights are those of this moment, in one transaction
 * with its record. A refusal is recorded as well.
 */
@Injectable()
export class AdministrativeActs {
  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly roles: RoleStore,
    private readonly revocations: RevocationPoller,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Acts on an account of somebody else, whose rights are all among the actor's own.
   *
   * @throws DomainError `token_invalid`, `not_found`, `forbidden`, and what `check` and `act` throw
   */
  async onAccount<T>(by: ActingCaller, { userId, type, details, check, act }: AccountAct<T>): Promise<T> {
    return this.run(by, { type, subjectId: userId, ...(details && { details }) }, async (tx, actor) => {
      await this.accounts.lock(tx, userId);
      const account = await this.accounts.findForSignIn(tx, userId);
      if (account === undefined) throw new DomainError('not_found', { detail: 'No such account.' });
      assertIncludes(actor, account, 'This account may do what yours may not.');
      await check?.(tx, account);
      if (userId === actor.id) {
        throw new DomainError('forbidden', { detail: 'Nobody administers their own account.' });
      }
      return act(tx, account, actor);
    });
  }

  /**
   * @returns what `act` returns, once this replica refuses what was revoked
   * @throws DomainError `token_invalid` when the actor's rights are no longer those of the token, and what `act` throws
   */
  async run<T>(
    by: ActingCaller,
    record: ActRecord & { readonly subjectOf?: (result: T) => string },
    act: (tx: EntityManager, actor: SignInAccount) => Promise<T>,
  ): Promise<T> {
    try {
      const result = await this.transactions.run(async (tx) => {
        await this.roles.lockRights(tx);
        const acted = await act(tx, await this.currentActor(tx, by.principal));
        const subjectId = record.subjectOf?.(acted);
        await this.record(tx, by, { ...record, ...(subjectId !== undefined && { subjectId }) }, 'success');
        return acted;
      });
      await this.revocations.catchUp();
      return result;
    } catch (error) {
      // What was done is undone; that it was tried stays.
      if (error instanceof DomainError) {
        const details = { ...record.details, cause: error.code };
        await this.transactions.run((tx) => this.record(tx, by, { ...record, details }, 'failure'));
      }
      throw error;
    }
  }

  /** A token may be a second older than what became of its account. */
  private async currentActor(tx: EntityManager, { userId, tokenVersion }: Principal): Promise<SignInAccount> {
    const actor = await this.accounts.findForSignIn(tx, userId);
    if (actor?.status !== 'active' || tokenVersion < actor.tokenVersion) {
      throw invalidToken('rights have changed since it was made');
    }
    return actor;
  }

  private async record(
    tx: EntityManager,
    { principal, client }: ActingCaller,
    { type, subjectId, details = {} }: ActRecord,
    outcome: AuditEvent['outcome'],
  ): Promise<void> {
    await this.audit.record(tx, {
      type,
      outcome,
      actorId: principal.userId,
      ...(subjectId !== undefined && { subjectId }),
      sessionId: principal.sessionId,
      ip: client.ip,
      details,
    });
  }
}

/** @throws DomainError `forbidden` */
export function assertIncludes(
  actor: Parameters<typeof includesRights>[0],
  other: Parameters<typeof includesRights>[1],
  detail: string,
): void {
  if (!includesRights(actor, other)) throw new DomainError('forbidden', { detail });
}
