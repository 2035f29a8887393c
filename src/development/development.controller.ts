import { Body, Controller, Get, HttpCode, Post, Query, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../platform/errors/api-problems.decorator';
import { Public } from '../platform/http/public.decorator';
import { totpCode, TOTP_STEP_SECONDS } from '../mfa/factors/totp/totp';
import { Clock } from '../platform/clock/clock';
import { OutboxStore } from '../platform/notifications/outbox.store';
import { OutboxDto, OutboxQueryDto, TotpCodeDto, TotpSecretDto } from './dto/development.dto';
import { LoopbackGuard } from './loopback.guard';

const SHOWN_MESSAGES = 50;

/** For who has no phone and no mailbox at hand. In production these routes do not exist. */
@ApiTags('10. Development only')
@UseGuards(LoopbackGuard)
@Controller('dev')
export class DevelopmentController {
  constructor(
    private readonly outbox: OutboxStore,
    private readonly clock: Clock,
  ) {}

  /** Messages that were sent, or would have been where no provider is configured, newest first. */
  @Public()
  @Get('outbox')
  @ApiOkResponse({ type: OutboxDto, description: 'At most 50 messages' })
  @ApiProblems('not_found')
  async messages(@Query() { to }: OutboxQueryDto): Promise<OutboxDto> {
    return { items: await this.outbox.latest(to, SHOWN_MESSAGES) };
  }

  /** What an authenticator app would show. Takes the `enrollment.secret` of `POST /v1/mfa/factors`. A code works once: take `nextCode` where `code` was used. */
  @Public()
  @Post('totp')
  @HttpCode(200)
  @ApiOkResponse({ type: TotpCodeDto, description: 'The code of now, and the next' })
  @ApiProblems('not_found')
  totp(@Body() { secret }: TotpSecretDto): TotpCodeDto {
    const now = this.clock.nowInSeconds();
    return {
      code: totpCode(secret, now),
      nextCode: totpCode(secret, now + TOTP_STEP_SECONDS),
      secondsLeft: TOTP_STEP_SECONDS - (now % TOTP_STEP_SECONDS),
    };
  }
}
