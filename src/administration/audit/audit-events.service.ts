import { Injectable } from '@nestjs/common';
import type { Principal } from '../../access/principal';
import { AuditTrail, type RecordedEvent } from '../../platform/audit/audit-trail';
import { DEFAULT_LIMIT, idOfCursor, pageOf, type PageQueryDto } from '../../platform/http/page.dto';
import type { AuditEventDto, AuditEventPageDto, AuditQueryDto } from './dto/audit-event.dto';

@Injectable()
export class AuditEventsService {
  constructor(private readonly trail: AuditTrail) {}

  /** @throws DomainError `validation_failed` for a cursor of somebody's making */
  async list({ subject, actor, type, from, to, ...page }: AuditQueryDto): Promise<AuditEventPageDto> {
    const query = { subjectId: subject, actorId: actor, type, from: from && new Date(from), to: to && new Date(to) };
    return this.page(page, query, toDto);
  }

  /** What concerns the caller's account. */
  async listOwn({ userId }: Principal, page: PageQueryDto): Promise<AuditEventPageDto> {
    return this.page(page, { subjectId: userId }, (event) => toOwnDto(event, userId));
  }

  private async page(
    { cursor, limit = DEFAULT_LIMIT }: PageQueryDto,
    query: object,
    toItem: (event: RecordedEvent) => AuditEventDto,
  ): Promise<AuditEventPageDto> {
    const before = cursor === undefined ? undefined : idOfCursor(cursor);
    const { items, nextCursor } = pageOf(await this.trail.list({ ...query, before, take: limit + 1 }), limit);
    return { items: items.map(toItem), nextCursor };
  }
}

function toDto({ id, at, type, outcome, actorId, subjectId, sessionId, ip, details }: RecordedEvent): AuditEventDto {
  return { id, at, type, outcome, actorId, subjectId, sessionId, ip, details: { ...details } };
}

/** Where somebody else acted, an administrator say, it is nobody's business from where. */
function toOwnDto(event: RecordedEvent, userId: string): AuditEventDto {
  const isOther = event.actorId !== null && event.actorId !== userId;
  return toDto(isOther ? { ...event, sessionId: null, ip: null } : event);
}
