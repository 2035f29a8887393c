import { Injectable } from '@nestjs/common';
import { type EntityManager, type FindOptionsWhere, In, IsNull, LessThanOrEqual, MoreThan, Not } from 'typeorm';
import { AuditLog } from '../../platform/audit/audit-log';
import { Clock } from '../../platform/clock/clock';
import { returnedRows } from '../../platform/database/returned-rows';
import { DomainEvents } from '../../platform/events/domain-events';
import { RevocationLog } from '../revocation/revocation-log';
import { SessionEntity } from './entities/session.entity';

/** Why a session ended. */
export type SessionEndReason =
  | 'logout'
  | 'ended_by_owner'
  | 'ended_by_administrator'
  | 'ended_by_operator'
  | 'reuse'
  | 'account_refused'
  | 'first_factor'
  | 'factor_dropped'
  | 'factors_reset'
  | 'too_many'
  | 'password_changed'
  | 'password_reset'
  | 'wrong_passwords'
  | 'risk';

const MAX_LIVE_SESSIONS = 100;

/** Every statement that ends sessions. Their access tokens are revoked, and the end is told, with it. */
@Injectable()
export class SessionEndings {
  constructor(
    private readonly clock: Clock,
    private readonly revocations: RevocationLog,
    private readonly audit: AuditLog,
    private readonly events: DomainEvents,
  ) {}

  /** Ends a session and revokes its access tokens. @returns whether it was live until now */
  async end(tx: EntityManager, sessionId: string, reason: SessionEndReason): Promise<boolean> {
    return (await this.endWhere(tx, { id: sessionId }, reason)).length > 0;
  }

  /** Ends a session of the account, unless it is over. @returns whether it was live until now */
  async endLive(tx: EntityManager, userId: string, sessionId: string, reason: SessionEndReason): Promise<boolean> {
    return (await this.endWhere(tx, { ...liveAt(this.clock.now()), id: sessionId, userId }, reason)).length > 0;
  }

  /** Ends every session of the account. */
  async endAll(tx: EntityManager, userId: string, reason: SessionEndReason): Promise<void> {
    await this.endWhere(tx, { userId }, reason);
  }

  /**
   * Ends some of the sessions of everybody that began by then, so that no transaction grows with their number.
   *
   * @returns how many; none when all have ended
   */
  async endSome(tx: EntityManager, begunBy: Date, most: number, reason: SessionEndReason): Promise<number> {
    const rows = await tx.find(SessionEntity, {
      select: { id: true },
      where: { revokedAt: IsNull(), createdAt: LessThanOrEqual(begunBy) },
      take: most,
    });
    if (rows.length === 0) return 0;
    await this.endWhere(tx, { id: In(rows.map(({ id }) => id)) }, reason);
    return rows.length;
  }

  /** Ends every session of the account but one, and those that are over. @returns their ids */
  async endOthers(tx: EntityManager, userId: string, exceptId: string, reason: SessionEndReason): Promise<string[]> {
    return this.endWhere(tx, { ...liveAt(this.clock.now()), userId, id: Not(exceptId) }, reason);
  }

  /** Ends the sessions of the account that never got past the password, but one. */
  async endOtherPending(tx: EntityManager, userId: string, exceptId: string): Promise<string[]> {
    return this.endWhere(tx, { userId, id: Not(exceptId), activatedAt: IsNull() }, 'first_factor');
  }

  /** Ends the oldest beyond the limit, pending ones first: a password alone must push nobody out. */
  async endSurplus(tx: EntityManager, { id: newest, userId }: Pick<SessionEntity, 'id' | 'userId'>): Promise<void> {
    const surplus = await tx
      .createQueryBuilder(SessionEntity, 's')
      .select('s.id', 'id')
      .where('s.user_id = :userId AND s.id <> :newest AND s.revoked_at IS NULL', { userId, newest })
      .orderBy('s.activated_at IS NULL')
      .addOrderBy('s.last_used_at', 'DESC')
      .offset(MAX_LIVE_SESSIONS - 1)
      .getRawMany<{ id: string }>();
    if (surplus.length === 0) return;
    const endedSessionIds = await this.endWhere(tx, { id: In(surplus.map(({ id }) => id)) }, 'too_many');
    const details = { endedSessionIds, cause: 'too_many' };
    await this.audit.record(tx, { type: 'session.ended', outcome: 'success', subjectId: userId, details });
  }

  private async endWhere(
    tx: EntityManager,
    where: FindOptionsWhere<SessionEntity>,
    reason: SessionEndReason,
  ): Promise<string[]> {
    const ended = await tx
      .createQueryBuilder()
      .update(SessionEntity)
      .set({ revokedAt: this.clock.now(), revokedReason: reason })
      .where({ ...where, revokedAt: IsNull() })
      .returning('id, user_id, activated_at, least(idle_ends_at, ends_at) AS ran_out_at')
      .execute();
    const rows = returnedRows<EndedRow>(ended);
    // A pending session never had an access token: nothing to refuse.
    const withTokens = rows.filter(({ activated_at }) => activated_at !== null);
    await this.revocations.revokeSessions(
      tx,
      withTokens.map(({ id }) => id),
    );
    const now = this.clock.now();
    const told = withTokens.filter(({ ran_out_at }) => ran_out_at > now);
    await this.events.publishAll(
      tx,
      'SessionEnded',
      told.map(({ id: sessionId, user_id: userId }) => ({ userId, sessionId, reason })),
    );
    return rows.map(({ id }) => id);
  }
}

/** Neither ended, nor idle for too long, nor too old. */
export function liveAt(now: Date): FindOptionsWhere<SessionEntity> {
  return { revokedAt: IsNull(), endsAt: MoreThan(now), idleEndsAt: MoreThan(now) };
}

interface EndedRow {
  readonly id: string;
  readonly user_id: string;
  readonly activated_at: Date | null;
  readonly ran_out_at: Date;
}
