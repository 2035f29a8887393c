import { Body, Controller, Headers, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiCreatedResponse, ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../access/current-principal.decorator';
import type { Principal } from '../access/principal';
import { Public } from '../platform/http/public.decorator';
import { ApiProblems } from '../platform/errors/api-problems.decorator';
import { ApiTokenTransport } from '../platform/http/api-token-transport.decorator';
import { Client, type ClientInfo } from '../platform/http/client-info';
import { ApiAuthResult, type AuthResult } from '../mfa/sign-in/dto/auth-result.dto';
import { ApiRefreshCookie } from '../platform/openapi/security-schemes';
import { RateLimit } from '../platform/rate-limits/rate-limit.decorator';
import { REMOVES_REFRESH_COOKIE } from '../tokens/refresh-tokens/refresh-cookie-headers';
import { toUserDto } from '../users/profile/dto/user.dto';
import { LoginDto } from './login/login.dto';
import { LoginService } from './login/login.service';
import { LogoutDto } from './logout/logout.dto';
import { LogoutService } from './logout/logout.service';
import { NoRefreshCookieInterceptor } from './logout/no-refresh-cookie.interceptor';
import { ReauthenticateDto } from './reauthentication/reauthenticate.dto';
import { ReauthenticationService } from './reauthentication/reauthentication.service';
import { RefreshCookie } from './refresh/refresh-cookie.decorator';
import { RefreshDto } from './refresh/refresh.dto';
import { RefreshService } from './refresh/refresh.service';
import { shownRefreshToken } from './refresh/shown-refresh-token';
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
  @RateLimit({ group: 'registration' })
  @Post('register')
  @ApiTokenTransport('Without effect here: registration signs nobody in. The sign-in fixes the transport.')
  @ApiCreatedResponse({ type: RegisteredDto, description: 'The account. Nobody is signed in yet' })
  @ApiProblems('password_rejected', 'registration_closed', 'username_taken', 'service_busy')
  async register(@Body() body: RegisterDto, @Client() client: ClientInfo): Promise<RegisteredDto> {
    return { user: toUserDto(await this.registration.register(body, client)) };
  }

  /** Sign in with a password. An account with a second factor gets an MFA token and goes on at `POST /v1/mfa/challenges`. */
  @ApiTags('2. Sign in')
  @Public()
  @RateLimit({ group: 'credentials' })
  @Post('login')
  @HttpCode(200)
  @ApiTokenTransport('`cookie`: the refresh token of this session travels in the cookie `__Host-csr`, and in no body.')
  @ApiAuthResult('Signed in, or half-way there')
  @ApiProblems('invalid_credentials', 'origin_refused', 'service_busy')
  login(@Body() body: LoginDto, @Client() client: ClientInfo): Promise<AuthResult> {
    return this.logins.login(body, client);
  }

  /**
   * New tokens. Takes the `refreshToken` of the last answer that had one, or the cookie `__Host-csr` of a session that has
   * that, from a page of an allowed origin; where both are there, the body's. It works once; one that answers `mfa_required` is not used up.
   */
  @ApiTags('5. Keep or end the session')
  @Public()
  @RateLimit({ group: 'refresh' })
  @Post('refresh')
  @HttpCode(200)
  @ApiRefreshCookie()
  @ApiBody({ type: RefreshDto, required: false })
  @ApiAuthResult('New tokens, or a second factor first')
  @ApiProblems('invalid_refresh_token', 'origin_refused', 'service_busy')
  refresh(
    @Body() { refreshToken }: RefreshDto,
    @RefreshCookie() cookie: string | undefined,
    @Client() client: ClientInfo,
  ): Promise<AuthResult> {
    return this.refreshing.refresh(shownRefreshToken(refreshToken, cookie, client.transport), client);
  }

  /** Confirm the password again. With a second factor enrolled, that factor is asked for. */
  @ApiTags('5. Keep or end the session')
  @RateLimit({ group: 'credentials' })
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

  /** End the session. Its access tokens end with it. Takes an access token, an MFA token, a `refreshToken` or the cookie `__Host-csr` (from a page of an allowed origin), all that are there, and answers the same when nothing is left to end. */
  @ApiTags('5. Keep or end the session')
  @ApiBearerAuth()
  @ApiRefreshCookie()
  @Public()
  @RateLimit({ group: 'refresh' })
  @Post('logout')
  @HttpCode(204)
  @ApiBody({ type: LogoutDto, required: false })
  @UseInterceptors(NoRefreshCookieInterceptor)
  @ApiNoContentResponse({
    description: 'The session is over, and the cookie is taken away',
    headers: REMOVES_REFRESH_COOKIE,
  })
  @ApiProblems('origin_refused')
  logout(
    @Headers('authorization') authorization: string | undefined,
    @Body() { refreshToken }: LogoutDto,
    @RefreshCookie() cookie: string | undefined,
    @Client() client: ClientInfo,
  ): Promise<void> {
    return this.logouts.logout({ authorization, refreshToken, cookie }, client);
  }
}
