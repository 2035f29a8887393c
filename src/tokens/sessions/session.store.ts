import { Injectable } from '@nestjs/common';
import { type EntityManager, type FindOptionsWhere, IsNull, LessThan, Not } from 'typeorm';
import { newId } from '../../platform/crypto/new-id';
import type { ClientInfo } from '../../platform/http/client-info';
import { type AuditEvent, AuditLog } from '../../platform/audit/audit-log';
import { Clock } from '../../platform/clock/clock';
import { TokenSettings } from '../../platform/config/settings/token.settings';
import { isForeignKeyViolation } from '../../platform/database/is-foreign-key-violation';
import { returnedRows } from '../../platform/database/returned-rows';
import { DomainError } from '../../platform/errors/domain-error';
import { classifyRefreshToken, type RefreshTokenStanding } from '../refresh-tokens/classify-refresh-token';
import { SessionEntity } from './entities/session.entity';
import { liveAt, SessionEndings } from './session-endings.store';
import { sessionFrom, type SessionRow, sessionTable } from './session-row';
import { PENDING_SESSION_SECONDS, type SeenClient, Session, type StepUpReason, type VerifiedMethod } from './session';

/** How a second factor was verified. */
export interface SecondFactorProof {
  /** With an MFA token: the round it belongs to, which must not have ended. */
  readonly round: number | undefined;
  /** Added beside others by this very proof: who adds one has shown none that was there, so it answers no demand for one. */
  readonly isFurther: boolean;
  /** Who showed it: the session is theirs from now on, wherever they are. */
  readonly client: SeenClient;
}

/** Every statement on `sessions` but those that end them and those that count wrong passwords. Whatever may happen once is one conditional statement whose row count decides. */
@Injectable()
export class SessionStore {
  /** Statements put together before, by what they are made of. */
  private readonly statements = new Map<string, string>();

  constructor(
    private readonly clock: Clock,
    private readonly settings: TokenSettings,
    private readonly endings: SessionEndings,
    private readonly audit: AuditLog,
  ) {}

  /** @throws DomainError `invalid_credentials` when the account was deleted since it was read */
  async create(
    tx: EntityManager,
    userId: string,
    method: VerifiedMethod,
    client: ClientInfo,
    { isNewDevice = false } = {},
  ): Promise<Session> {
    const now = this.clock.now();
    const row: SessionEntity = {
      id: newId(),
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
      wrongPasswords: 0,
      isNewDevice,
      revokedAt: null,
      revokedReason: null,
    };
    try {
      await tx.insert(SessionEntity, row);
    } catch (error) {
      if (isForeignKeyViolation(error, 'fk_sessions_user')) throw new DomainError('invalid_credentials');
      throw error;
    }
    await this.endings.endSurplus(tx, row);
    return new Session(row);
  }

  async find(tx: EntityManager, id: string): Promise<Session | undefined> {
    const [row] = await tx.query<SessionRow[]>(`SELECT * FROM ${sessionTable(tx)} WHERE id = $1`, [id]);
    return row === undefined ? undefined : sessionFrom(tx, row);
  }

  /**
   * A session and, in the same statement, a row that belongs to it.
   *
   * @param select an SQL query for that row by `session.user_id`. Its columns come as JSON has them: times are text
   */
  async findWith(
    tx: EntityManager,
    id: string,
    select: string,
  ): Promise<{ session: Session; row: SessionRow } | undefined> {
    const [row] = await tx.query<{ session: SessionRow; other: SessionRow }[]>(this.selectWith(tx, select), [id]);
    return row && { session: sessionFrom(tx, row.session), row: row.other };
  }

  /** Live sessions of the account that have given a token, newest first. @param page `before`: ids below that one only */
  async listActive(
    tx: EntityManager,
    userId: string,
    { before, take }: { before: string | undefined; take: number },
  ): Promise<Session[]> {
    const where = { ...liveAt(this.clock.now()), userId, activatedAt: Not(IsNull()) };
    const rows = await tx.find(SessionEntity, {
      where: before === undefined ? where : { ...where, id: LessThan(before) },
      order: { id: 'DESC' },
      take,
    });
    return rows.map((row) => new Session(row));
  }

  /** Live sessions of everybody that have given a token. */
  async countActive(tx: EntityManager): Promise<number> {
    return tx.count(SessionEntity, { where: { ...liveAt(this.clock.now()), activatedAt: Not(IsNull()) } });
  }

  /** What the session is after a refresh now; nothing is written yet. @param lapse whether its second factors stop counting */
  rotated(session: Session, { lapse }: { lapse: boolean }, client: SeenClient): Session {
    return session.rotated(this.clock.now(), this.clock.in(this.settings.sessionIdleTimeout), lapse, client);
  }

  /** What a genuine refresh token with this counter is to the session now. */
  standingOf(session: Session, presented: number): RefreshTokenStanding {
    return classifyRefreshToken(presented, session, this.clock.now(), this.settings.refreshGrace);
  }

  /**
   * Moves the counter on by one, if it still is what was presented and nothing stands against it; and records that, in the same
   * statement.
   *
   * @returns false when somebody else was first, or it ended
   */
  async rotate(tx: EntityManager, session: Session, rotated: Session, event: AuditEvent): Promise<boolean> {
    const { counter, rotatedAt, idleEndsAt, secondFactorLapsedAt, ip, userAgent } = rotated;
    const own = [session.id, session.counter, counter, rotatedAt, idleEndsAt, secondFactorLapsedAt, ip, userAgent];
    const { sql, parameters } = this.audit.recordFor(tx, 'rotated', event, own.length + 1);
    const rows = await tx.query<SessionRow[]>(this.rotation(tx, sql), [...own, ...parameters]);
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
    { round, isFurther, client: { ip, userAgent } }: SecondFactorProof,
  ): Promise<Session | undefined> {
    // The lock keeps two verifications from losing each other's method.
    const row = await tx.findOne(SessionEntity, { where: { id: sessionId }, lock: { mode: 'pessimistic_write' } });
    if (row === null || !new Session(row).isLiveAt(this.clock.now())) return undefined;
    // Where a second factor was demanded, those from before have lapsed: verifying one brings back no other.
    const kept = row.methods.filter(({ factorId }) => factorId === null || row.stepUpReason === null);
    const methods = [...kept.filter(({ factorId }) => factorId !== method.factorId), method];
    return this.reauthenticated(tx, sessionId, {
      methods,
      ip,
      userAgent,
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
  async recordPassword(
    tx: EntityManager,
    sessionId: string,
    method: VerifiedMethod,
    { ip, userAgent }: SeenClient,
  ): Promise<Session | undefined> {
    const row = await tx.findOne(SessionEntity, { where: { id: sessionId }, lock: { mode: 'pessimistic_write' } });
    if (row === null || !new Session(row).isLiveAt(this.clock.now())) return undefined;
    const methods = [method, ...row.methods.filter(({ factorId }) => factorId !== null)];
    return this.reauthenticated(tx, sessionId, { methods, ip, userAgent, where: { stepUpReason: IsNull() } });
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

  /** As JSON: the descriptions of thirty columns would take longer to read than what is in them. */
  private selectWith(tx: EntityManager, select: string): string {
    return this.statement(
      select,
      () => `SELECT row_to_json(session) AS session, row_to_json(other) AS other
         FROM ${sessionTable(tx)} session CROSS JOIN LATERAL (${select}) other WHERE session.id = $1`,
    );
  }

  private rotation(tx: EntityManager, record: string): string {
    return this.statement(
      record,
      () => `WITH rotated AS (
         UPDATE ${sessionTable(tx)}
            SET counter = $3, rotated_at = $4, last_used_at = $4, idle_ends_at = $5, second_factor_lapsed_at = $6,
                ip = $7, user_agent = $8
          WHERE id = $1 AND counter = $2 AND revoked_at IS NULL AND step_up_reason IS NULL
         RETURNING id)
       ${record} RETURNING id`,
    );
  }

  private statement(of: string, build: () => string): string {
    const known = this.statements.get(of) ?? build();
    this.statements.set(of, known);
    return known;
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

  private async change(
    tx: EntityManager,
    statement: () => { returning(columns: string): { execute(): Promise<{ raw: unknown }> } },
  ): Promise<Session | undefined> {
    const [row] = returnedRows<SessionRow>(await statement().returning('*').execute());
    return row === undefined ? undefined : sessionFrom(tx, row);
  }
}
