import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../platform/errors/api-problems.decorator';
import { Client, type ClientInfo } from '../../platform/http/client-info';
import { Public } from '../../platform/http/public.decorator';
import { RateLimit } from '../../platform/rate-limits/rate-limit.decorator';
import { ForgotPasswordDto, ResetPasswordDto } from './dto/password-recovery.dto';
import { RequestPasswordResetService } from './request-password-reset.service';
import { ResetPasswordService } from './reset-password.service';

@ApiTags('2. Sign in')
@Controller('v1/auth/password')
export class PasswordRecoveryController {
  constructor(
    private readonly requests: RequestPasswordResetService,
    private readonly resets: ResetPasswordService,
  ) {}

  /**
   * Ask for a link to choose a new password. It goes to the verified address of the account, three an hour at most, and lasts 30
   * minutes; the one before is void. The answer is the same whether there is such an account or not, and nothing changes yet.
   */
  @Public()
  @RateLimit({ group: 'recovery' })
  @Post('forgot')
  @HttpCode(202)
  @ApiAcceptedResponse({
    description: 'If there is such an account and it has a verified address, a link is on its way',
  })
  @ApiProblems('service_busy')
  forgot(@Body() { identifier }: ForgotPasswordDto, @Client() client: ClientInfo): void {
    this.requests.request(identifier, client);
  }

  /**
   * Choose a new password with the token of the link. It works once; a password that is refused uses nothing up. Every session
   * ends, the second factors stay, and nobody is signed in.
   */
  @Public()
  @RateLimit({ group: 'recovery' })
  @Post('reset')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'The password is changed. Sign in with it' })
  @ApiProblems('invalid_token', 'password_rejected', 'service_busy')
  reset(@Body() { token, newPassword }: ResetPasswordDto, @Client() client: ClientInfo): Promise<void> {
    return this.resets.reset(token, newPassword, client);
  }
}
