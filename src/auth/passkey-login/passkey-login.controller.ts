import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ApiAuthResult, type AuthResult } from '../../mfa/sign-in/dto/auth-result.dto';
import { ApiProblems } from '../../platform/errors/api-problems.decorator';
import { ApiTokenTransport } from '../../platform/http/api-token-transport.decorator';
import { Client, type ClientInfo } from '../../platform/http/client-info';
import { Public } from '../../platform/http/public.decorator';
import { RateLimit } from '../../platform/rate-limits/rate-limit.decorator';
import { PasskeyChallengeDto, PasskeyLoginDto } from './passkey-login.dto';
import { PasskeyLoginService } from './passkey-login.service';

@ApiTags('2. Sign in')
@Controller('v1/auth/passkey')
export class PasskeyLoginController {
  constructor(private readonly logins: PasskeyLoginService) {}

  /** Begin to sign in with a passkey. For `navigator.credentials.get()`, which lets the person choose among passkeys. No name is needed, and nothing is stored. */
  @Public()
  @Post('options')
  @HttpCode(200)
  @ApiOkResponse({ type: PasskeyChallengeDto, description: 'A challenge for whoever has a passkey here' })
  @ApiProblems('not_found')
  options(): Promise<PasskeyChallengeDto> {
    return this.logins.options();
  }

  /** Sign in with a passkey. No password, and no second factor after it: the passkey has to verify its user by PIN, fingerprint or face. */
  @Public()
  @RateLimit({ group: 'credentials' })
  @Post('login')
  @HttpCode(200)
  @ApiTokenTransport('`cookie`: the refresh token of this session travels in the cookie `__Host-csr`, and in no body.')
  @ApiAuthResult('Signed in', 'authenticated')
  @ApiProblems('invalid_credentials', 'origin_refused')
  login(@Body() body: PasskeyLoginDto, @Client() client: ClientInfo): Promise<AuthResult> {
    return this.logins.login(body, client);
  }
}
