import { Body, Controller, HttpCode, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../../access/current-principal.decorator';
import type { Principal } from '../../access/principal';
import { ApiProblems } from '../../platform/errors/api-problems.decorator';
import { Client, type ClientInfo } from '../../platform/http/client-info';
import { RateLimit } from '../../platform/rate-limits/rate-limit.decorator';
import { ChangePasswordDto } from './change-password.dto';
import { ChangePasswordService } from './change-password.service';

@ApiTags('6. Your account')
@Controller('v1/users/me/password')
export class PasswordChangeController {
  constructor(private readonly changes: ChangePasswordService) {}

  /**
   * Change your password. It takes the current one and, where the account has a second factor, that factor, verified within 600
   * seconds. Your other sessions end; this one goes on. The fifth wrong password in a row ends this one.
   */
  @RateLimit({ group: 'credentials' })
  @Put()
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'The password is changed' })
  @ApiProblems('invalid_credentials', 'password_rejected', 'mfa_required', 'mfa_stale', 'not_found', 'service_busy')
  change(
    @CurrentPrincipal() principal: Principal,
    @Body() body: ChangePasswordDto,
    @Client() client: ClientInfo,
  ): Promise<void> {
    return this.changes.change(principal, body, client);
  }
}
