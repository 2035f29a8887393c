import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Principal } from '../../access/principal';
import { SignIn } from '../../mfa/sign-in/sign-in.service';
import { DEFAULT_LIMIT, idOfCursor, pageOf, type PageQueryDto } from '../../platform/http/page.dto';
import type { Session } from '../../tokens/sessions/session';
import { SessionStore } from '../../tokens/sessions/session.store';
import { deviceName } from '../../tokens/sessions/device-name';
import type { SessionDto, SessionPageDto } from './dto/session.dto';

@Injectable()
export class ListSessionsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sessions: SessionStore,
    private readonly signIn: SignIn,
  ) {}

  /**
   * The caller's live sessions, newest first; those that never got past the password are left out.
   *
   * @throws DomainError `validation_failed` for a cursor of somebody's making
   */
  async list({ userId, sessionId }: Principal, query: PageQueryDto): Promise<SessionPageDto> {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const before = query.cursor === undefined ? undefined : idOfCursor(query.cursor);
    const rows = await this.sessions.listActive(this.dataSource.manager, userId, { before, take: limit + 1 });
    const { items, nextCursor } = pageOf(rows, limit);
    return { items: items.map((session) => this.toDto(session, sessionId)), nextCursor };
  }

  private toDto(session: Session, currentId: string): SessionDto {
    const { acr, amr } = this.signIn.assuranceOf(session);
    const { id, createdAt, lastUsedAt, ip, userAgent } = session;
    return {
      id,
      current: id === currentId,
      acr,
      amr: [...amr],
      createdAt,
      lastUsedAt,
      ip,
      device: deviceName(userAgent),
    };
  }
}
