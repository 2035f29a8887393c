import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RequireMfa } from '../../access/require-mfa.decorator';
import { RequirePermissions } from '../../access/require-permissions.decorator';
import { AuditEventsService } from './audit-events.service';
import { AuditEventPageDto, AuditQueryDto } from './dto/audit-event.dto';

@ApiTags('8. Administration')
@Controller('v1/admin/audit-events')
export class AuditEventsController {
  constructor(private readonly events: AuditEventsService) {}

  /** What happened. To whom, by whom, of which kind and when, as you ask. */
  @RequirePermissions('audit:read')
  @RequireMfa()
  @Get()
  @ApiOkResponse({ type: AuditEventPageDto, description: 'Events, newest first' })
  list(@Query() query: AuditQueryDto): Promise<AuditEventPageDto> {
    return this.events.list(query);
  }
}
