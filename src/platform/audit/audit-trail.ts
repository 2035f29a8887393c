import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditEventEntity } from './entities/audit-event.entity';

/** An event as it was recorded. */
export interface RecordedEvent {
  readonly id: string;
  readonly at: Date;
  readonly type: string;
  readonly outcome: 'success' | 'failure';
  readonly actorId: string | null;
  readonly subjectId: string | null;
  readonly sessionId: string | null;
  readonly ip: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What to look for; all that is given must hold. */
export interface AuditQuery {
  readonly subjectId?: string | undefined;
  readonly actorId?: string | undefined;
  readonly type?: string | undefined;
  /** From this moment on. */
  readonly from?: Date | undefined;
  /** Before this moment. */
  readonly to?: Date | undefined;
  /** Ids below this one only. */
  readonly before?: string | undefined;
  /** Ids above this one only. */
  readonly after?: string | undefined;
  /** By id: newest first unless said. */
  readonly order?: 'ASC' | 'DESC';
  readonly take: number;
}

/** In the words of two indexes: by somebody else than the subject, or by the subject. */
const BY_ACTOR = `(e.actor_id = :actorId AND e.actor_id <> e.subject_id
                   OR e.subject_id = :actorId AND e.actor_id = :actorId)`;

/** Reads what `AuditLog` has recorded. */
@Injectable()
export class AuditTrail {
  constructor(private readonly dataSource: DataSource) {}

  async list({ subjectId, actorId, type, from, to, before, after, order, take }: AuditQuery): Promise<RecordedEvent[]> {
    const query = this.dataSource
      .getRepository(AuditEventEntity)
      .createQueryBuilder('e')
      .orderBy('e.id', order ?? 'DESC');
    if (subjectId !== undefined) query.andWhere('e.subject_id = :subjectId', { subjectId });
    if (actorId !== undefined) query.andWhere(BY_ACTOR, { actorId });
    if (type !== undefined) query.andWhere('e.type = :type', { type });
    if (from !== undefined) query.andWhere('e.at >= :from', { from });
    if (to !== undefined) query.andWhere('e.at < :to', { to });
    if (before !== undefined) query.andWhere('e.id < :before', { before });
    if (after !== undefined) query.andWhere('e.id > :after', { after });
    return query.take(take).getMany();
  }

  /**
   * How much of these kinds was refused in an account since then: of its newest thousand events, for an answer in time whatever
   * somebody did to it.
   */
  async countRefusals(tx: EntityManager, subjectId: string, types: readonly string[], since: Date): Promise<number> {
    const events = tx.dataSource.getMetadata(AuditEventEntity).tablePath;
    const [row] = await tx.query<{ refusals: number }[]>(
      `SELECT count(*)::integer AS refusals
         FROM (SELECT type, outcome, at FROM ${events} WHERE subject_id = $1 ORDER BY id DESC LIMIT 1000) newest
        WHERE outcome = 'failure' AND type = ANY($2) AND at >= $3`,
      [subjectId, types, since],
    );
    return row?.refusals ?? 0;
  }
}
