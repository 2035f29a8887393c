import { Body, Controller, HttpCode, Post, Put } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RECENT_SECONDS } from '../../access/assurance';
import { CurrentPrincipal } from '../../access/current-principal.decorator';
import type { Principal } from '../../access/principal';
import { RequireRecentAuthentication } from '../../access/require-recent-authentication.decorator';
import { ApiProblems } from '../../platform/errors/api-problems.decorator';
import { Client, type ClientInfo } from '../../platform/http/client-info';
import { RateLimit } from '../../platform/rate-limits/rate-limit.decorator';
import { toUserDto, UserDto } from '../../users/profile/dto/user.dto';
import { ChangeEmailDto } from './contact.dto';
import { EmailVerificationService } from './email-verification.service';
import { RequestEmailChangeService } from './request-email-change.service';
import { VerifyEmailDto } from './verify-email.dto';

@ApiTags('6. Your account')
@Controller('v1/users/me/email')
export class EmailVerificationController {
  constructor(
    private readonly emailVerification: EmailVerificationService,
    private readonly changes: RequestEmailChangeService,
  ) {}

  /** Change your address. A link goes to the new one, a notice to the old one, which is yours until you follow the link. */
  @RequireRecentAuthentication({ maxAge: RECENT_SECONDS })
  @RateLimit({ group: 'recovery' })
  @Put()
  @HttpCode(202)
  @ApiAcceptedResponse({ description: 'A message is on its way; whether another account has the address is not told' })
  @ApiProblems('not_found', 'rate_limited')
  change(
    @CurrentPrincipal() principal: Principal,
    @Body() { email }: ChangeEmailDto,
    @Client() client: ClientInfo,
  ): Promise<void> {
    return this.changes.request(principal, email, client);
  }

  /** Confirm your address with the token of the message. */
  @RateLimit({ group: 'recovery' })
  @Post('verify')
  @HttpCode(200)
  @ApiOkResponse({ type: UserDto, description: 'The account, its address verified' })
  @ApiProblems('invalid_token', 'not_found')
  async verify(
    @CurrentPrincipal() { userId }: Principal,
    @Body() body: VerifyEmailDto,
    @Client() client: ClientInfo,
  ): Promise<UserDto> {
    return toUserDto(await this.emailVerification.verify(userId, body.token, client));
  }

  /** Send the message again, to the address that waits to be confirmed. */
  @RateLimit({ group: 'recovery' })
  @Post('verification')
  @HttpCode(202)
  @ApiAcceptedResponse({ description: 'A message is on its way; the one before it is void' })
  @ApiProblems('not_found', 'rate_limited')
  resend(@CurrentPrincipal() { userId }: Principal, @Client() client: ClientInfo): Promise<void> {
    return this.emailVerification.resend(userId, client);
  }
}
