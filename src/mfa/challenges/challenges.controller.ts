import { Body, Controller, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiCreatedResponse, ApiTags } from '@nestjs/swagger';
import { AcceptsMfaToken } from '../../access/accepts-mfa-token.decorator';
import { CurrentCaller } from '../../access/current-principal.decorator';
import type { Caller } from '../../access/principal';
import { ApiProblems } from '../../platform/errors/api-problems.decorator';
import { Client, type ClientInfo } from '../../platform/http/client-info';
import { IdParam } from '../../platform/http/id-param.decorator';
import { RateLimit } from '../../platform/rate-limits/rate-limit.decorator';
import { ApiAuthResult, type AuthResult } from '../sign-in/dto/auth-result.dto';
import { CreateChallengeService } from './create-challenge.service';
import { ChallengeDto, CreateChallengeDto, FactorResponseDto, PendingChallengeDto } from './dto/challenge.dto';
import { PendingStatusInterceptor } from './pending-status.interceptor';
import { VerifyChallengeService } from './verify-challenge.service';

@ApiTags('4. Verify a second factor')
@Controller('v1/mfa/challenges')
export class ChallengesController {
  constructor(
    private readonly creating: CreateChallengeService,
    private readonly verifying: VerifyChallengeService,
  ) {}

  /** Begin a challenge of one factor. For 5 minutes and 5 tries; of the preferred factor unless `factorId` names another. An MFA token must be of purpose `verify`. */
  @AcceptsMfaToken()
  @RateLimit({ group: 'second-factor' })
  @Post()
  @ApiBody({ type: CreateChallengeDto, required: false })
  @ApiCreatedResponse({ type: ChallengeDto, description: 'The challenge; an authenticator app needs nothing else' })
  @ApiProblems(
    'not_found',
    'mfa_enrollment_required',
    'forbidden',
    'too_many_attempts',
    'rate_limited',
    'delivery_failed',
  )
  create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateChallengeDto,
    @Client() client: ClientInfo,
  ): Promise<ChallengeDto> {
    return this.creating.create(caller, body.factorId, client);
  }

  /** Answer a challenge. `id` is the one of the challenge, not of the factor. The session goes on with new tokens that say of the second factor. */
  @AcceptsMfaToken()
  @RateLimit({ group: 'second-factor' })
  @Post(':id/verify')
  @HttpCode(200)
  @UseInterceptors(PendingStatusInterceptor)
  @ApiAuthResult('Signed in with a second factor', 'authenticated')
  @ApiAcceptedResponse({ type: PendingChallengeDto, description: 'A plug-in waits for somebody: ask again' })
  @ApiProblems('invalid_code', 'challenge_expired', 'forbidden', 'too_many_attempts')
  verify(
    @CurrentCaller() caller: Caller,
    @IdParam() id: string,
    @Body() body: FactorResponseDto,
    @Client() client: ClientInfo,
  ): Promise<AuthResult | PendingChallengeDto> {
    return this.verifying.verify(caller, id, body, client);
  }
}
