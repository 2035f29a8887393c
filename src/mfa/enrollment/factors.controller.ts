import { Body, Controller, Delete, Get, HttpCode, Patch, Post, StreamableFile } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import { RECENT_SECONDS } from '../../access/assurance';
import { AcceptsMfaToken } from '../../access/accepts-mfa-token.decorator';
import { CurrentCaller, CurrentPrincipal } from '../../access/current-principal.decorator';
import type { Caller, Principal } from '../../access/principal';
import { RequireMfa } from '../../access/require-mfa.decorator';
import { RequireRecentAuthentication } from '../../access/require-recent-authentication.decorator';
import { ApiProblems } from '../../platform/errors/api-problems.decorator';
import { Client, type ClientInfo } from '../../platform/http/client-info';
import { IdParam } from '../../platform/http/id-param.decorator';
import { RateLimit } from '../../platform/rate-limits/rate-limit.decorator';
import { FactorResponseDto } from '../challenges/dto/challenge.dto';
import { FactorDto } from '../factors/dto/factor.dto';
import { SETS_REFRESH_COOKIE } from '../../tokens/refresh-tokens/refresh-cookie-headers';
import { AnswersTokens } from '../sign-in/answers-tokens.decorator';
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
import { FactorQrCodeService } from './factor-qr-code.service';
import { ListFactorsService } from './list-factors.service';

const ENROLLMENT_EXAMPLES = {
  totp: { summary: 'An authenticator app', value: { type: 'totp', name: 'Phone' } },
  email: { summary: 'Codes by e-mail', value: { type: 'email', email: 'ada@example.com' } },
  sms: { summary: 'Codes by SMS', value: { type: 'sms', phone: '+4915112345678' } },
};

@ApiTags('3. Second factors')
@Controller('v1/mfa/factors')
export class FactorsController {
  constructor(
    private readonly enrolling: EnrollFactorService,
    private readonly qrCodes: FactorQrCodeService,
    private readonly activating: ActivateFactorService,
    private readonly listing: ListFactorsService,
    private readonly changing: ChangeFactorService,
    private readonly dropping: DropFactorService,
  ) {}

  /**
   * Begin a factor. For an authenticator app the answer has what it needs: scan the QR code, or type in the `secret`. For
   * `email` and `sms` a code is sent, which proves the destination; SMS is the weakest of all, since a number can be taken
   * over: prefer another factor where you can. The first factor wants a sign-in of the last 10 minutes, a further one a
   * second factor of that age. An MFA token must be of purpose `enroll`.
   */
  @AcceptsMfaToken()
  @RequireRecentAuthentication({ maxAge: RECENT_SECONDS })
  @RateLimit({ group: 'second-factor' })
  @Post()
  @ApiBody({ type: EnrollFactorDto, examples: ENROLLMENT_EXAMPLES })
  @ApiCreatedResponse({ type: EnrolledFactorDto, description: 'A pending factor, and the only sight of its secret' })
  @ApiProblems('forbidden', 'not_found', 'invalid_token', 'rate_limited', 'delivery_failed')
  enroll(
    @CurrentCaller() caller: Caller,
    @Body() body: EnrollFactorDto,
    @Client() client: ClientInfo,
  ): Promise<EnrolledFactorDto> {
    return this.enrolling.enroll(caller, body, client);
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
    return new StreamableFile(await this.qrCodes.draw(caller, id), { type: 'image/png' });
  }

  /**
   * Prove a pending factor with its first code. `id` is the `factor.id` that it was begun with. The answer has new tokens
   * that say of the second factor and, with the first factor, ten recovery codes that are shown this once.
   */
  @AcceptsMfaToken()
  @RequireRecentAuthentication({ maxAge: RECENT_SECONDS })
  @RateLimit({ group: 'second-factor' })
  @Post(':id/activate')
  @HttpCode(200)
  @AnswersTokens()
  @ApiOkResponse({
    type: ActivatedFactorDto,
    description: 'The factor counts from now on',
    headers: SETS_REFRESH_COOKIE,
  })
  @ApiProblems('invalid_code', 'challenge_expired', 'invalid_token', 'forbidden', 'not_found', 'too_many_attempts')
  activate(
    @CurrentCaller() caller: Caller,
    @IdParam() id: string,
    @Body() body: FactorResponseDto,
    @Client() client: ClientInfo,
  ): Promise<ActivatedFactorDto> {
    return this.activating.activate(caller, id, body, client);
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
    @Client() client: ClientInfo,
  ): Promise<FactorDto> {
    return this.changing.change(principal, id, body, client);
  }

  /** Drop a factor. Every other session ends. */
  @RequireMfa({ maxAge: RECENT_SECONDS })
  @RateLimit({ group: 'second-factor' })
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Dropped; with the last factor go the recovery codes' })
  @ApiProblems('not_found', 'forbidden', 'last_factor')
  drop(@CurrentPrincipal() principal: Principal, @IdParam() id: string, @Client() client: ClientInfo): Promise<void> {
    return this.dropping.drop(principal, id, client);
  }
}
