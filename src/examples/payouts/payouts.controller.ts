import { Body, Controller, Get, Headers, HttpCode, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  ApiProblems,
  CurrentPrincipal,
  DomainError,
  IdParam,
  PageQueryDto,
  type Principal,
  RequireMfa,
  RequirePermissions,
} from '../../access';
import { CreatePayoutDto, PayoutDto, PayoutLimitsDto, PayoutPageDto, toPayoutDto } from './dto/payout.dto';
import { PayoutsService } from './payouts.service';

/** Four levels of protection, each stronger than the one before. */
@ApiTags('7. Sample: payouts')
@Controller('v1/payouts')
export class PayoutsController {
  constructor(private readonly payouts: PayoutsService) {}

  /** Level 1: the limits. Any access token will do. */
  @Get('limits')
  @ApiOkResponse({ type: PayoutLimitsDto, description: 'The limits' })
  limits(): PayoutLimitsDto {
    return this.payouts.limits;
  }

  /** Level 2: the payouts. They take a second factor. */
  @RequireMfa()
  @Get()
  @ApiOkResponse({
    type: PayoutPageDto,
    description: 'Your own, newest first; all of your tenant’s for who may approve',
  })
  @ApiProblems('forbidden')
  async list(@CurrentPrincipal() principal: Principal, @Query() query: PageQueryDto): Promise<PayoutPageDto> {
    const { items, nextCursor } = await this.payouts.list(principal, query);
    return { items: items.map(toPayoutDto), nextCursor };
  }

  /** Level 3: request a payout. It takes a second factor of the last five minutes. */
  @RequireMfa({ maxAge: 300 })
  @Post()
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Send the same key again to be safe after a lost answer.',
  })
  @ApiCreatedResponse({ type: PayoutDto, description: 'The payout; the first one where the key was sent before' })
  @ApiProblems('forbidden', 'payout_over_limit', 'idempotency_conflict')
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: CreatePayoutDto,
    @Headers('idempotency-key') idempotencyKey?: string,
  ): Promise<PayoutDto> {
    return toPayoutDto(await this.payouts.create(principal, body, checkedKey(idempotencyKey)));
  }

  /** Level 4: approve a payout. It takes that and a permission, and is never one's own request. */
  @RequirePermissions('payouts:approve')
  @RequireMfa({ maxAge: 300 })
  @Post(':id/approve')
  @HttpCode(200)
  @ApiOkResponse({ type: PayoutDto, description: 'The payout, approved' })
  @ApiProblems('not_found', 'payout_own_request', 'payout_already_approved')
  async approve(@CurrentPrincipal() principal: Principal, @IdParam() id: string): Promise<PayoutDto> {
    return toPayoutDto(await this.payouts.approve(principal, id));
  }
}

function checkedKey(key: string | undefined): string | null {
  if (key === undefined) return null;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const message = 'Idempotency-Key must be 1 to 255 visible ASCII characters';
  throw new DomainError('validation_failed', { errors: [{ path: 'Idempotency-Key', code: 'malformed', message }] });
}
