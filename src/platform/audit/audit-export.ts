import type { AuditQuery, AuditTrail, RecordedEvent } from './audit-trail';

/** Which events; all that is given must hold. */
export type ExportQuery = Omit<AuditQuery, 'before' | 'after' | 'take' | 'order'>;

const PAGE = 1000;

/**
 * Events as JSON lines, oldest first. Read by pages and not in one transaction: that would hold sealing back for as long as
 * somebody reads.
 */
export async function* exportLines(trail: AuditTrail, query: ExportQuery): AsyncGenerator<string> {
  let after: string | undefined;
  for (;;) {
    const events = await trail.list({ ...query, after, order: 'ASC', take: PAGE });
    if (events.length > 0) yield events.map((event) => `${JSON.stringify(toLine(event))}\n`).join('');
    if (events.length < PAGE) return;
    after = events.at(-1)?.id;
  }
}

function toLine({ id, at, type, outcome, actorId, subjectId, sessionId, ip, details }: RecordedEvent): object {
  return { id, at: at.toISOString(), type, outcome, actorId, subjectId, sessionId, ip, details };
}
