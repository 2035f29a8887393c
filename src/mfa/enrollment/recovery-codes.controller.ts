import { Controller, Get, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RECENT_SECONDS } from '../../access/assurance';
import { CurrentPrincipal } from '../../access/current-principal.decorator';
import type { Principal } from '../../access/principal';
import { RequireMfa } from '../../access/require-mfa.decorator';
import { ApiProblems } from '../../platform/errors/api-problems.decorator';
import { Client, type ClientInfo } from '../../platform/http/client-info';
import { RateLimit } from '../../platform/rate-limits/rate-limit.decorator';
import { RecoveryCodesDto, RecoveryCodesStatusDto } from './dto/enrollment.dto';
import { RecoveryCodesService } from './recovery-codes.service';

@ApiTags('3. Second factors')
@Controller('v1/mfa/recovery-codes')
export class RecoveryCodesController {
  constructor(private readonly recoveryCodes: RecoveryCodesService) {}

  /** How many recovery codes are left. */
  @Get()
  @ApiOkResponse({ type: RecoveryCodesStatusDto, description: 'A number; the codes themselves are never shown again' })
  status(@CurrentPrincipal() principal: Principal): Promise<RecoveryCodesStatusDto> {
    return this.recoveryCodes.status(principal);
  }

  /** Ten new recovery codes. Shown once; the old ones are void. */
  @RequireMfa({ maxAge: RECENT_SECONDS })
  @RateLimit({ group: 'second-factor' })
  @Post()
  @ApiCreatedResponse({ type: RecoveryCodesDto, description: 'The new set' })
  @ApiProblems('forbidden')
  regenerate(@CurrentPrincipal() principal: Principal, @Client() client: ClientInfo): Promise<RecoveryCodesDto> {
    return this.recoveryCodes.regenerate(principal, client);
  }
}
