import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, LessThan } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import {
  AuditLog,
  Clock,
  DEFAULT_LIMIT,
  DomainError,
  idOfCursor,
  pageOf,
  type PageQueryDto,
  type Principal,
  returnedRows,
  Transactions,
} from '../../access';
import type { CreatePayoutDto, PayoutLimitsDto } from './dto/payout.dto';
import { PayoutEntity } from './entities/payout.entity';
import { tenantOf } from './payout-tenant';

declare module '../../access' {
  interface DomainAuditEvents {
    'payout.requested': 'A payout was requested';
    'payout.approved': 'A payout was approved';
    'payout.withdrawn': 'The account of its requester was deleted before anybody approved it';
  }
}

const LIMITS: PayoutLimitsDto = { perPayout: '10000.00', currency: 'EUR' };

@Injectable()
export class PayoutsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
  ) {}

  get limits(): PayoutLimitsDto {
    return LIMITS;
  }

  /** The caller's own; all of the tenant's for who may approve. */
  async list(principal: Principal, query: PageQueryDto): Promise<{ items: PayoutEntity[]; nextCursor: string | null }> {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const rows = await this.dataSource.getRepository(PayoutEntity).find({
      where: {
        tenant: tenantOf(principal),
        ...(query.cursor !== undefined && { id: LessThan(idOfCursor(query.cursor)) }),
        ...(!principal.permissions.includes('payouts:approve') && { requestedBy: principal.userId }),
      },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return pageOf(rows, limit);
  }

  /**
   * Requests a payout. The same key with the same request gives the same payout again, however often it is sent.
   *
   * @throws DomainError `payout_over_limit`, `idempotency_conflict`
   */
  async create(principal: Principal, request: CreatePayoutDto, idempotencyKey: string | null): Promise<PayoutEntity> {
    if (Number(request.amount) > Number(LIMITS.perPayout)) {
      throw new DomainError('payout_over_limit', { detail: `A payout has ${LIMITS.perPayout} at most.` });
    }
    const { userId } = principal;
    const tenant = tenantOf(principal);
    const payout: PayoutEntity = {
      id: uuidv7(),
      tenant,
      requestedBy: userId,
      ...request,
      idempotencyKey,
      createdAt: this.clock.now(),
      approvedBy: null,
      approvedAt: null,
    };
    return this.transactions.run(async (tx) => {
      const inserted = await tx
        .createQueryBuilder()
        .insert()
        .into(PayoutEntity)
        .values(payout)
        .orIgnore() // The unique index decides who was first.
        .returning('id')
        .execute();
      if (returnedRows(inserted).length === 0) {
        const first = await tx.findOneByOrFail(PayoutEntity, {
          tenant,
          requestedBy: userId,
          idempotencyKey: idempotencyKey ?? '',
        });
        if (!isSameRequest(first, request)) {
          throw new DomainError('idempotency_conflict', {
            detail: 'This Idempotency-Key was used for another payout.',
          });
        }
        return first;
      }
      const details = { payoutId: payout.id };
      await this.audit.record(tx, { type: 'payout.requested', outcome: 'success', actorId: userId, details });
      return payout;
    });
  }

  /**
   * Approves somebody else's payout, once. One of another tenant is as good as none.
   *
   * @throws DomainError `not_found`, `payout_own_request`, `payout_already_approved`
   */
  async approve(principal: Principal, id: string): Promise<PayoutEntity> {
    const { userId } = principal;
    return this.transactions.run(async (tx) => {
      const payout = await tx.findOneBy(PayoutEntity, { id, tenant: tenantOf(principal) });
      if (payout === null) throw new DomainError('not_found', { detail: 'No such payout.' });
      if (payout.requestedBy === userId) throw new DomainError('payout_own_request');
      const approval = { approvedBy: userId, approvedAt: this.clock.now() };
      const { affected } = await tx.update(PayoutEntity, { id, approvedAt: IsNull() }, approval);
      if (affected !== 1) throw new DomainError('payout_already_approved');
      const details = { payoutId: id };
      await this.audit.record(tx, { type: 'payout.approved', outcome: 'success', actorId: userId, details });
      return { ...payout, ...approval };
    });
  }
}

function isSameRequest(payout: PayoutEntity, request: CreatePayoutDto): boolean {
  const { amount, currency, beneficiary } = payout;
  return amount === request.amount && currency === request.currency && beneficiary === request.beneficiary;
}
