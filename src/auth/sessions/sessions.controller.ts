import { Controller, Delete, Get, HttpCode, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../../access/current-principal.decorator';
import type { Principal } from '../../access/principal';
import { Client, type ClientInfo } from '../../platform/http/client-info';
import { IdParam } from '../../platform/http/id-param.decorator';
import { PageQueryDto } from '../../platform/http/page.dto';
import { SessionPageDto } from './dto/session.dto';
import { EndSessionsService } from './end-sessions.service';
import { ListSessionsService } from './list-sessions.service';

@ApiTags('5. Keep or end the session')
@Controller('v1/sessions')
export class SessionsController {
  constructor(
    private readonly listing: ListSessionsService,
    private readonly ending: EndSessionsService,
  ) {}

  /** Where you are signed in. Sign-ins that never got past the password are left out. */
  @Get()
  @ApiOkResponse({ type: SessionPageDto, description: 'Your sessions, newest first' })
  list(@CurrentPrincipal() principal: Principal, @Query() query: PageQueryDto): Promise<SessionPageDto> {
    return this.listing.list(principal, query);
  }

  /** Sign out everywhere else. All sessions end but this one, and their access tokens with them. */
  @Delete()
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Only this session is left' })
  endOthers(@CurrentPrincipal() principal: Principal, @Client() client: ClientInfo): Promise<void> {
    return this.ending.endOthers(principal, client);
  }

  /** Sign out somewhere. That session ends, and its access tokens with it; it may be this one. */
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'The session is over' })
  endOne(@CurrentPrincipal() principal: Principal, @IdParam() id: string, @Client() client: ClientInfo): Promise<void> {
    return this.ending.endOne(principal, id, client);
  }
}
