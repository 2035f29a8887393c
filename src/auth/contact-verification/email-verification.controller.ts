import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../../access/current-principal.decorator';
import type { Principal } from '../../access/principal';
import { ApiProblems } from '../../platform/errors/api-problems.decorator';
import { toUserDto, UserDto } from '../../users/profile/dto/user.dto';
import { EmailVerificationService } from './email-verification.service';
import { VerifyEmailDto } from './verify-email.dto';

@ApiTags('6. Your account')
@Controller('v1/users/me/email')
export class EmailVerificationController {
  constructor(private readonly emailVerification: EmailVerificationService) {}

  /** Confirm your address with the token of the message. */
  @Post('verify')
  @HttpCode(200)
  @ApiOkResponse({ type: UserDto, description: 'The account, its address verified' })
  @ApiProblems('invalid_token', 'not_found')
  async verify(@CurrentPrincipal() { userId }: Principal, @Body() body: VerifyEmailDto): Promise<UserDto> {
    return toUserDto(await this.emailVerification.verify(userId, body.token));
  }

  /** Send the message again. */
  @Post('verification')
  @HttpCode(202)
  @ApiAcceptedResponse({ description: 'A message is on its way; the one before it is void' })
  @ApiProblems('not_found')
  resend(@CurrentPrincipal() { userId }: Principal): Promise<void> {
    return this.emailVerification.resend(userId);
  }
}
