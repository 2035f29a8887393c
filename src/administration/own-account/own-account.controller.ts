import { Controller, Delete, Get, HttpCode, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RECENT_SECONDS } from '../../access/assurance';
import { CurrentPrincipal } from '../../access/current-principal.decorator';
import type { Principal } from '../../access/principal';
import { RequireRecentAuthentication } from '../../access/require-recent-authentication.decorator';
import { ApiProblems } from '../../platform/errors/api-problems.decorator';
import { Client, type ClientInfo } from '../../platform/http/client-info';
import { PageQueryDto } from '../../platform/http/page.dto';
import { DeleteAccountService } from '../accounts/delete-account.service';
import { AuditEventsService } from '../audit/audit-events.service';
import { AuditEventPageDto } from '../audit/dto/audit-event.dto';

/** What people ask of the records of their own account, and its end. */
@ApiTags('6. Your account')
@Controller('v1/users/me')
export class OwnAccountController {
  constructor(
    private readonly events: AuditEventsService,
    private readonly deleting: DeleteAccountService,
  ) {}

  /** What happened to your account. Sign-ins, refused ones included, changes, and what administrators did. */
  @Get('events')
  @ApiOkResponse({ type: AuditEventPageDto, description: 'Events, newest first' })
  listEvents(@CurrentPrincipal() principal: Principal, @Query() query: PageQueryDto): Promise<AuditEventPageDto> {
    return this.events.listOwn(principal, query);
  }

  /** Delete your account. All that belongs to it goes, every session ends, and nothing brings it back. */
  @RequireRecentAuthentication({ maxAge: RECENT_SECONDS })
  @Delete()
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Gone' })
  @ApiProblems('last_administrator')
  delete(@CurrentPrincipal() principal: Principal, @Client() client: ClientInfo): Promise<void> {
    return this.deleting.deleteOwn({ principal, client });
  }
}
