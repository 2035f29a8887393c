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
import { ChangePhoneDto, VerifyPhoneDto } from './contact.dto';
import { PhoneVerificationService } from './phone-verification.service';
import { RequestPhoneChangeService } from './request-phone-change.service';

@ApiTags('6. Your account')
@Controller('v1/users/me/phone')
export class PhoneVerificationController {
  constructor(
    private readonly phoneVerification: PhoneVerificationService,
    private readonly changes: RequestPhoneChangeService,
  ) {}

  /** Change your phone number. A code goes to the new one; the old one is yours until you give the code back. */
  @RequireRecentAuthentication({ maxAge: RECENT_SECONDS })
  @RateLimit({ group: 'recovery' })
  @Put()
  @HttpCode(202)
  @ApiAcceptedResponse({ description: 'A code is on its way; whether another account has the number is not told' })
  @ApiProblems('not_found', 'rate_limited', 'delivery_failed')
  change(
    @CurrentPrincipal() principal: Principal,
    @Body() { phone }: ChangePhoneDto,
    @Client() client: ClientInfo,
  ): Promise<void> {
    return this.changes.request(principal, phone, client);
  }

  /** Confirm your number with the code of the message. */
  @RateLimit({ group: 'recovery' })
  @Post('verify')
  @HttpCode(200)
  @ApiOkResponse({ type: UserDto, description: 'The account, its number verified' })
  @ApiProblems('invalid_code', 'challenge_expired', 'too_many_attempts', 'not_found')
  async verify(
    @CurrentPrincipal() { userId }: Principal,
    @Body() body: VerifyPhoneDto,
    @Client() client: ClientInfo,
  ): Promise<UserDto> {
    return toUserDto(await this.phoneVerification.verify(userId, body.code, client));
  }

  /** Send a code again, to the number that waits to be confirmed. */
  @RateLimit({ group: 'recovery' })
  @Post('verification')
  @HttpCode(202)
  @ApiAcceptedResponse({ description: 'A code is on its way; the one before it is void' })
  @ApiProblems('not_found', 'rate_limited', 'delivery_failed')
  resend(@CurrentPrincipal() { userId }: Principal, @Client() client: ClientInfo): Promise<void> {
    return this.phoneVerification.resend(userId, client);
  }
}
