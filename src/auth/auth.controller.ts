import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiCreatedResponse, ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../access/current-principal.decorator';
import type { Principal } from '../access/principal';
import { Public } from '../platform/http/public.decorator';
import { ApiProblems } from '../platform/errors/api-problems.decorator';
import { Client, type ClientInfo } from '../platform/http/client-info';
import { ApiAuthResult, type AuthResult } from '../mfa/sign-in/dto/auth-result.dto';
import { toUserDto } from '../users/profile/dto/user.dto';
import { LoginDto } from './login/login.dto';
import { LoginService } from './login/login.service';
import { LogoutDto } from './logout/logout.dto';
import { LogoutService } from './logout/logout.service';
import { ReauthenticateDto } from './reauthentication/reauthenticate.dto';
import { ReauthenticationService } from './reauthentication/reauthentication.service';
import { RefreshDto } from './refresh/refresh.dto';
import { RefreshService } from './refresh/refresh.service';
import { RegisterDto, RegisteredDto } from './registration/register.dto';
import { RegistrationService } from './registration/registration.service';

@Controller('v1/auth')
export class AuthController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly logins: LoginService,
    private readonly refreshing: RefreshService,
    private readonly logouts: LogoutService,
    private readonly reauthentication: ReauthenticationService,
  ) {}

  /** Make an account. An address gets a message that confirms it; nothing tells whether it is in use. */
  @ApiTags('1. Register')
  @Public()
  @Post('register')
  @ApiCreatedResponse({ type: RegisteredDto, description: 'The account. Nobody is signed in yet' })
  @ApiProblems('password_rejected', 'registration_closed', 'username_taken', 'service_busy')
  async register(@Body() body: RegisterDto, @Client() client: ClientInfo): Promise<RegisteredDto> {
    return { user: toUserDto(await this.registration.register(body, client)) };
  }

  /** Sign in with a password. An account with a second factor gets an MFA token and goes on at `POST /v1/mfa/challenges`. */
  @ApiTags('2. Sign in')
  @Public()
  @Post('login')
  @HttpCode(200)
  @ApiAuthResult('Signed in, or half-way there')
  @ApiProblems('invalid_credentials', 'service_busy')
  login(@Body() body: LoginDto, @Client() client: ClientInfo): Promise<AuthResult> {
    return this.logins.login(body, client);
  }

  /** New tokens. Takes the `refreshToken` of the last answer that had one. It works once; one that answers `mfa_required` is not used up. */
  @ApiTags('5. Keep or end the session')
  @Public()
  @Post('refresh')
  @HttpCode(200)
  @ApiAuthResult('New tokens, or a second factor first')
  @ApiProblems('invalid_refresh_token', 'service_busy')
  refresh(@Body() body: RefreshDto, @Client() client: ClientInfo): Promise<AuthResult> {
    return this.refreshing.refresh(body.refreshToken, client);
  }

  /** Confirm the password again. With a second factor enrolled, that factor is asked for. */
  @ApiTags('5. Keep or end the session')
  @Post('reauthenticate')
  @HttpCode(200)
  @ApiAuthResult('New tokens, or a second factor first')
  @ApiProblems('invalid_credentials', 'service_busy')
  reauthenticate(
    @CurrentPrincipal() principal: Principal,
    @Body() body: ReauthenticateDto,
    @Client() client: ClientInfo,
  ): Promise<AuthResult> {
    return this.reauthentication.reauthenticate(principal, body.password, client);
  }

  /** End the session. Its access tokens end with it. Takes an access token, an MFA token or a `refreshToken`, and answers the same when nothing is left to end. */
  @ApiTags('5. Keep or end the session')
  @ApiBearerAuth()
  @Public()
  @Post('logout')
  @HttpCode(204)
  @ApiBody({ type: LogoutDto, required: false })
  @ApiNoContentResponse({ description: 'The session is over' })
  logout(
    @Headers('authorization') authorization: string | undefined,
    @Body() body: LogoutDto,
    @Client() client: ClientInfo,
  ): Promise<void> {
    return this.logouts.logout({ authorization, refreshToken: body.refreshToken }, client);
  }
}
