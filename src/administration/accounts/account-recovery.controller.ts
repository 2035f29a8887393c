import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { RECENT_SECONDS } from '../../access/assurance';
import { CurrentPrincipal } from '../../access/current-principal.decorator';
import type { Principal } from '../../access/principal';
import { RequireMfa } from '../../access/require-mfa.decorator';
import { RequirePermissions } from '../../access/require-permissions.decorator';
import { Client, type ClientInfo } from '../../platform/http/client-info';
import { IdParam } from '../../platform/http/id-param.decorator';
import { ResetFactorsService } from './reset-factors.service';
import { RevokeSessionsService } from './revoke-sessions.service';
import { SendPasswordLinkService } from './send-password-link.service';
import { UnlockAccountService } from './unlock-account.service';

@ApiTags('8. Administration')
@RequirePermissions('users:write')
@RequireMfa({ maxAge: RECENT_SECONDS })
@Controller('v1/admin/users/:id')
export class AccountRecoveryController {
  constructor(
    private readonly sessions: RevokeSessionsService,
    private readonly factors: ResetFactorsService,
    private readonly passwords: SendPasswordLinkService,
    private readonly locks: UnlockAccountService,
  ) {}

  /** End every session of an account. Its access tokens end with them. */
  @Post('sessions/revoke')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'It is signed in nowhere' })
  revokeSessions(
    @CurrentPrincipal() principal: Principal,
    @Client() client: ClientInfo,
    @IdParam() id: string,
  ): Promise<void> {
    return this.sessions.revoke({ principal, client }, id);
  }

  /** Drop every second factor of an account. For somebody who lost theirs: recovery codes and sessions go as well. Where the account must have a factor, its verified addresses get a code to enroll the next one. */
  @Post('mfa/reset')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'It has no second factor' })
  resetFactors(
    @CurrentPrincipal() principal: Principal,
    @Client() client: ClientInfo,
    @IdParam() id: string,
  ): Promise<void> {
    return this.factors.reset({ principal, client }, id);
  }

  /** Send a link to choose a new password. It goes to the verified e-mail address; without one, 404. Until it is used the password stays. */
  @Post('password/reset')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'A message is on its way; the link before it is void' })
  resetPassword(
    @CurrentPrincipal() principal: Principal,
    @Client() client: ClientInfo,
    @IdParam() id: string,
  ): Promise<void> {
    return this.passwords.send({ principal, client }, id);
  }

  /** Unlock an account. Wrong attempts with its second factors are forgiven. */
  @Post('unlock')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Nothing is locked' })
  unlock(@CurrentPrincipal() principal: Principal, @Client() client: ClientInfo, @IdParam() id: string): Promise<void> {
    return this.locks.unlock({ principal, client }, id);
  }
}
