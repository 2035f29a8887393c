import { Body, Controller, Delete, Get, HttpCode, Patch, Post, StreamableFile, UseInterceptors } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { AcceptsMfaToken } from '../../access/accepts-mfa-token.decorator';
import { CurrentCaller, CurrentPrincipal } from '../../access/current-principal.decorator';
import type { Caller, Principal } from '../../access/principal';
import { RequireMfa } from '../../access/require-mfa.decorator';
import { RequireRecentAuthentication } from '../../access/require-recent-authentication.decorator';
import { ApiProblems } from '../../platform/errors/api-problems.decorator';
import { IdParam } from '../../platform/http/id-param.decorator';
import { FactorResponseDto } from '../challenges/dto/challenge.dto';
import { FactorDto } from '../factors/dto/factor.dto';
import { SETS_REFRESH_COOKIE } from '../../tokens/refresh-tokens/refresh-cookie-headers';
import { RefreshCookieInterceptor } from '../sign-in/refresh-cookie.interceptor';
import { ActivateFactorService } from './activate-factor.service';
import { ChangeFactorService } from './change-factor.service';
import {
  ActivatedFactorDto,
  ChangeFactorDto,
  EnrolledFactorDto,
  EnrollFactorDto,
  FactorListDto,
} from './dto/enrollment.dto';
import { DropFactorService } from './drop-factor.service';
import { EnrollFactorService } from './enroll-factor.service';
import { RECENT_SECONDS } from './enrollment-rules';
import { ListFactorsService } from './list-factors.service';

@ApiTags('3. Second factors')
@Controller('v1/mfa/factors')
export class FactorsController {
  constructor(
    private readonly enrolling: EnrollFactorService,
    private readonly activating: ActivateFactorService,
    private readonly listing: ListFactorsService,
    private readonly changing: ChangeFactorService,
    private readonly dropping: DropFactorService,
  ) {}

  /**
   * Begin a factor. The answer has what an authenticator app needs: scan the QR code, or type in the `secret`. The first
   * factor wants a sign-in of the last 10 minutes, a further one a second factor of that age. An MFA token must be of
   * purpose `enroll`.
   */
  @AcceptsMfaToken()
  @RequireRecentAuthentication({ maxAge: RECENT_SECONDS })
  @Post()
  @ApiCreatedResponse({ type: EnrolledFactorDto, description: 'A pending factor, and the only sight of its secret' })
  @ApiProblems('forbidden', 'not_found', 'invalid_token')
  enroll(@CurrentCaller() caller: Caller, @Body() body: EnrollFactorDto): Promise<EnrolledFactorDto> {
    return this.enrolling.enroll(caller, body);
  }

  /** The QR code of a pending factor. To scan from the screen; `id` is the `factor.id` of the answer before. */
  @AcceptsMfaToken()
  @RequireRecentAuthentication({ maxAge: RECENT_SECONDS })
  @Get(':id/qr-code')
  @ApiProduces('image/png')
  @ApiOkResponse({
    description: 'A picture',
    content: { 'image/png': { schema: { type: 'string', format: 'binary' } } },
  })
  @ApiProblems('forbidden', 'not_found')
  async qrCode(@CurrentCaller() caller: Caller, @IdParam() id: string): Promise<StreamableFile> {
    return new StreamableFile(await this.enrolling.qrCode(caller, id), { type: 'image/png' });
  }

  /**
   * Prove a pending factor with its first code. `id` is the `factor.id` that it was begun with. The answer has new tokens
   * that say of the second factor and, with the first factor, ten recovery codes that are shown this once.
   */
  @AcceptsMfaToken()
  @RequireRecentAuthentication({ maxAge: RECENT_SECONDS })
  @Post(':id/activate')
  @HttpCode(200)
  @UseInterceptors(RefreshCookieInterceptor)
  @ApiOkResponse({
    type: ActivatedFactorDto,
    description: 'The factor counts from now on',
    headers: SETS_REFRESH_COOKIE,
  })
  @ApiProblems('invalid_code', 'invalid_token', 'forbidden', 'not_found', 'too_many_attempts')
  activate(
    @CurrentCaller() caller: Caller,
    @IdParam() id: string,
    @Body() body: FactorResponseDto,
  ): Promise<ActivatedFactorDto> {
    return this.activating.activate(caller, id, body);
  }

  /** Your factors, pending ones included. */
  @AcceptsMfaToken()
  @Get()
  @ApiOkResponse({ type: FactorListDto, description: 'All of them: an account has a handful' })
  list(@CurrentCaller() caller: Caller): Promise<FactorListDto> {
    return this.listing.list(caller);
  }

  /** Rename a factor, or prefer it over the others. */
  @Patch(':id')
  @ApiOkResponse({ type: FactorDto, description: 'The factor as it is now' })
  @ApiProblems('not_found', 'forbidden')
  change(
    @CurrentPrincipal() principal: Principal,
    @IdParam() id: string,
    @Body() body: ChangeFactorDto,
  ): Promise<FactorDto> {
    return this.changing.change(principal, id, body);
  }

  /** Drop a factor. Every other session ends. */
  @RequireMfa({ maxAge: RECENT_SECONDS })
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Dropped; with the last factor go the recovery codes' })
  @ApiProblems('not_found', 'forbidden', 'last_factor')
  drop(@CurrentPrincipal() principal: Principal, @IdParam() id: string): Promise<void> {
    return this.dropping.drop(principal, id);
  }
}
