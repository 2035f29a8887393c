import { Injectable } from '@nestjs/common';
import { type EntityManager, type FindOptionsWhere, In, IsNull, LessThan, MoreThan, Not } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { ClientInfo } from '../../platform/http/client-info';
import { type AuditEvent, AuditLog } from '../../platform/audit/audit-log';
import { Clock } from '../../platform/clock/clock';
import { TokenSettings } from '../../platform/config/settings/token.settings';
import { returnedRows } from '../../platform/database/returned-rows';
import { RevocationLog } from '../revocation/revocation-log';
import { SessionEntity } from './entities/session.entity';
import { sessionFrom, type SessionRow, sessionTable } from './session-row';
import { PENDING_SESSION_SECONDS, Session, type StepUpReason, type VerifiedMethod } from './session';

/** Why a session ended. */
export type SessionEndReason =
  'logout' | 'ended_by_owner' | 'reuse' | 'account_refused' | 'first_factor' | 'factor_dropped' | 'too_many';

/** How a second factor was verified. */
export interface SecondFactorProof {
  /** With an MFA token: the round it belongs to, which must not have ended. */
  readonly round: number | undefined;
  /** Added beside others by this very proof: who adds one has shown none that was there, so it answers no demand for one. */
  readonly isFurther: boolean;
}

const MAX_LIVE_SESSIONS = 100;

/** Every statement on `sessions`. Whatever may happen once is one conditional statement whose row count decides. */
@Injectable()
export class SessionStore {
  constructor(
    private readonly clock: Clock,
    private readonly settings: TokenSettings,
    private readonly revocations: RevocationLog,
    private readonly audit: AuditLog,
  ) {}

  async create(tx: EntityManager, userId: string, method: VerifiedMethod, client: ClientInfo): Promise<Session> {
    const now = this.clock.now();
    const row: SessionEntity = {
      id: uuidv7(),
      userId,
      counter: 0,
      supersededCounter: null,
      supersededFrom: null,
      rotatedAt: null,
      mfaRound: 0,
      methods: [method],
      secondFactorLapsedAt: null,
      stepUpReason: null,
      authTime: now,
      createdAt: now,
      activatedAt: null,
      lastUsedAt: now,
      idleEndsAt: this.clock.in(this.settings.sessionIdleTimeout),
      endsAt: this.clock.in(this.settings.sessionMaxAge),
      transport: client.transport,
      ip: client.ip,
      userAgent: client.userAgent,
      revokedAt: null,
      revokedReason: null,
    };
    await tx.insert(SessionEntity, row);
    await this.endSurplus(tx, row);
    return new Session(row);
  }

  async find(tx: EntityManager, id: string): Promise<Session | undefined> {
    const [row] = await tx.query<SessionRow[]>(`SELECT * FROM ${sessionTable(tx)} WHERE id = $1`, [id]);
    return row === undefined ? undefined : sessionFrom(tx, row);
  }

  /**
   * A session and, in the same statement, a row that belongs to it.
   *
   * @param select an SQL query for that row by `session.user_id`; its columns have other names than those of a session
   */
  async findWith(
    tx: EntityManager,
    id: string,
    select: string,
  ): Promise<{ session: Session; row: SessionRow } | undefined> {
    const [row] = await tx.query<SessionRow[]>(
      `SELECT session.*, other.* FROM ${sessionTable(tx)} session CROSS JOIN LATERAL (${select}) other WHERE session.id = $1`,
      [id],
    );
    return row === undefined ? undefined : { session: sessionFrom(tx, row), row };
  }

  /** Live sessions of the account that have given a token, newest first. @param page `before`: ids below that one only */
  async listActive(
    tx: EntityManager,
    userId: string,
    { before, take }: { before: string | undefined; take: number },
  ): Promise<Session[]> {
    const where = { ...this.live(), userId, activatedAt: Not(IsNull()) };
    const rows = await tx.find(SessionEntity, {
      where: before === undefined ? where : { ...where, id: LessThan(before) },
      order: { id: 'DESC' },
      take,
    });
    return rows.map((row) => new Session(row));
  }

  /** What the session is after a refresh now; nothing is written yet. @param lapse whether its second factors stop counting */
  rotated(session: Session, { lapse }: { lapse: boolean }): Session {
    return session.rotated(this.clock.now(), this.clock.in(this.settings.sessionIdleTimeout), lapse);
  }

  /**
   * Moves the counter on by one, if it still is what was presented and nothing stands against it; and records that, in the same
   * statement.
   *
   * @returns false when somebody else was first, or it ended
   */
  async rotate(tx: EntityManager, session: Session, rotated: Session, event: AuditEvent): Promise<boolean> {
    const { counter, rotatedAt, idleEndsAt, secondFactorLapsedAt } = rotated;
    const own = [session.id, session.counter, counter, rotatedAt, idleEndsAt, secondFactorLapsedAt];
    const recorded = this.audit.recordFor(tx, 'rotated', event, own.length + 1);
    const rows = await tx.query<SessionRow[]>(
      `WITH rotated AS (
         UPDATE ${sessionTable(tx)}
            SET counter = $3, rotated_at = $4, last_used_at = $4, idle_ends_at = $5, second_factor_lapsed_at = $6
          WHERE id = $1 AND counter = $2 AND revoked_at IS NULL AND step_up_reason IS NULL
         RETURNING id)
       ${recorded.sql} RETURNING id`,
      [...own, ...recorded.parameters],
    );
    return rows.length === 1;
  }

  /** The first access token of the session. */
  async activate(tx: EntityManager, session: Session): Promise<void> {
    await tx.update(SessionEntity, { id: session.id, activatedAt: IsNull() }, { activatedAt: this.clock.now() });
  }

  /**
   * Records a verified second factor: the counter moves on by two, so that no refresh token from before works, and the round
   * ends, so that no MFA token from before works.
   *
   * @returns the session as it is now; undefined when the round or the session has ended, or when a second factor is demanded
   *   and this one was only just added
   */
  async recordSecondFactor(
    tx: EntityManager,
    sessionId: string,
    method: VerifiedMethod,
    { round, isFurther }: SecondFactorProof,
  ): Promise<Session | undefined> {
    // The lock keeps two verifications from losing each other's method.
    const row = await tx.findOne(SessionEntity, { where: { id: sessionId }, lock: { mode: 'pessimistic_write' } });
    if (row === null || !new Session(row).isLiveAt(this.clock.now())) return undefined;
    // Where a second factor was demanded, those from before have lapsed: verifying one brings back no other.
    const kept = row.methods.filter(({ factorId }) => factorId === null || row.stepUpReason === null);
    const methods = [...kept.filter(({ factorId }) => factorId !== method.factorId), method];
    return this.reauthenticated(tx, sessionId, {
      methods,
      stepUpReason: null,
      mfaRound: () => 'mfa_round + 1',
      where: { ...(round !== undefined && { mfaRound: round }), ...(isFurther && { stepUpReason: IsNull() }) },
    });
  }

  /**
   * Records that the password was shown again, which answers no demand for a second factor.
   *
   * @returns the session as it is now; undefined when it has ended, or demands a second factor
   */
  async recordPassword(tx: EntityManager, sessionId: string, method: VerifiedMethod): Promise<Session | undefined> {
    const row = await tx.findOne(SessionEntity, { where: { id: sessionId }, lock: { mode: 'pessimistic_write' } });
    if (row === null || !new Session(row).isLiveAt(this.clock.now())) return undefined;
    const methods = [method, ...row.methods.filter(({ factorId }) => factorId !== null)];
    return this.reauthenticated(tx, sessionId, { methods, where: { stepUpReason: IsNull() } });
  }

  /**
   * Demands a second factor before the next token; a reason given before stands.
   *
   * @returns false when a factor was verified, or the session ended, since `session` was read
   */
  async demandStepUp(tx: EntityManager, session: Session, reason: StepUpReason): Promise<boolean> {
    const { affected } = await tx
      .createQueryBuilder()
      .update(SessionEntity)
      .set({ stepUpReason: () => 'coalesce(step_up_reason, :reason)' })
      .where({ id: session.id, mfaRound: session.mfaRound, revokedAt: IsNull() })
      .setParameter('reason', reason)
      .execute();
    return affected === 1;
  }

  /** Ends a session and revokes its access tokens. @returns whether it was live until now */
  async end(tx: EntityManager, sessionId: string, reason: SessionEndReason): Promise<boolean> {
    return (await this.endWhere(tx, { id: sessionId }, reason)).length > 0;
  }

  /** Ends a session of the account, unless it is over. @returns whether it was live until now */
  async endLive(tx: EntityManager, userId: string, sessionId: string, reason: SessionEndReason): Promise<boolean> {
    return (await this.endWhere(tx, { ...this.live(), id: sessionId, userId }, reason)).length > 0;
  }

  /** Ends every session of the account. */
  async endAll(tx: EntityManager, userId: string, reason: SessionEndReason): Promise<void> {
    await this.endWhere(tx, { userId }, reason);
  }

  /** Ends every session of the account but one, and those that are over. @returns their ids */
  async endOthers(tx: EntityManager, userId: string, exceptId: string, reason: SessionEndReason): Promise<string[]> {
    return this.endWhere(tx, { ...this.live(), userId, id: Not(exceptId) }, reason);
  }

  /** Ends the sessions of the account that never got past the password, but one. */
  async endOtherPending(tx: EntityManager, userId: string, exceptId: string): Promise<string[]> {
    return this.endWhere(tx, { userId, id: Not(exceptId), activatedAt: IsNull() }, 'first_factor');
  }

  /** Strikes a factor from what the session has shown. */
  async strikeFactor(tx: EntityManager, sessionId: string, factorIds: readonly string[]): Promise<void> {
    const row = await tx.findOne(SessionEntity, { where: { id: sessionId }, lock: { mode: 'pessimistic_write' } });
    if (row === null) return;
    const methods = row.methods.filter(({ factorId }) => factorId === null || !factorIds.includes(factorId));
    await tx.update(SessionEntity, { id: sessionId }, { methods });
  }

  /** Sessions that nobody finished, and those that are over for longer than anybody asks. */
  async dropOver(tx: EntityManager): Promise<void> {
    await tx
      .createQueryBuilder()
      .delete()
      .from(SessionEntity)
      .where('activated_at IS NULL AND created_at < :pending', { pending: this.clock.in(-PENDING_SESSION_SECONDS) })
      .orWhere('ends_at < :over', { over: this.clock.in(-7 * 86_400) })
      .execute();
  }

  /** Neither ended, nor idle for too long, nor too old. */
  private live(): FindOptionsWhere<SessionEntity> {
    const now = this.clock.now();
    return { revokedAt: IsNull(), endsAt: MoreThan(now), idleEndsAt: MoreThan(now) };
  }

  private async reauthenticated(
    tx: EntityManager,
    id: string,
    { where, ...change }: { where?: FindOptionsWhere<SessionEntity> } & Partial<Record<keyof SessionEntity, unknown>>,
  ): Promise<Session | undefined> {
    const now = this.clock.now();
    return this.change(tx, () =>
      tx
        .createQueryBuilder()
        .update(SessionEntity)
        .set({
          ...(change as object),
          counter: () => 'counter + 2',
          supersededCounter: () => 'counter',
          // No refresh since the last time: the answer was lost, or another tab was as quick. That one counts with this.
          supersededFrom: () =>
            `CASE WHEN counter = superseded_counter + 2
                  THEN coalesce(superseded_from, superseded_counter) ELSE counter END`,
          authTime: now,
          lastUsedAt: now,
          idleEndsAt: this.clock.in(this.settings.sessionIdleTimeout),
        })
        .where({ id, revokedAt: IsNull(), ...where }),
    );
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
      .returning('id, activated_at')
      .execute();
    const rows = returnedRows<{ id: string; activated_at: Date | null }>(ended);
    // A pending session never had an access token: nothing to refuse.
    const withTokens = rows.filter(({ activated_at }) => activated_at !== null);
    await this.revocations.revokeSessions(
      tx,
      withTokens.map(({ id }) => id),
    );
    return rows.map(({ id }) => id);
  }

  /** Ends the oldest beyond the limit, pending ones first: a password alone must push nobody out. */
  private async endSurplus(tx: EntityManager, { id: newest, userId }: SessionEntity): Promise<void> {
    const surplus = await tx
      .createQueryBuilder(SessionEntity, 's')
      .select('s.id', 'id')
      .where('s.user_id = :userId AND s.id <> :newest AND s.revoked_at IS NULL', { userId, newest })
      .orderBy('s.activated_at IS NULL')
      .addOrderBy('s.last_used_at', 'DESC')
      .offset(MAX_LIVE_SESSIONS - 1)
      .getRawMany<{ id: string }>();
    if (surplus.length > 0) await this.endWhere(tx, { id: In(surplus.map(({ id }) => id)) }, 'too_many');
  }

  private async change(
    tx: EntityManager,
    statement: () => { returning(columns: string): { execute(): Promise<{ raw: unknown }> } },
  ): Promise<Session | undefined> {
    const [row] = returnedRows<SessionRow>(await statement().returning('*').execute());
    return row === undefined ? undefined : sessionFrom(tx, row);
  }
}
