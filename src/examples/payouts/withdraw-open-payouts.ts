import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { AuditLog, type DomainEvent, OnEvent, returnedRows, Transactions } from '../../access';
import { PayoutEntity } from './entities/payout.entity';

/** Nobody is left who answers for them: what a deleted account requested, and nobody approved yet, goes. */
@Injectable()
export class WithdrawOpenPayouts {
  constructor(
    private readonly transactions: Transactions,
    private readonly audit: AuditLog,
  ) {}

  /** May come twice: the second time there is nothing left to withdraw. */
  @OnEvent('UserDeleted')
  async withdraw({ id: eventId, payload: { userId } }: DomainEvent<'UserDeleted'>): Promise<void> {
    await this.transactions.run(async (tx) => {
      const deleted = await tx
        .createQueryBuilder()
        .delete()
        .from(PayoutEntity)
        .where({ requestedBy: userId, approvedAt: IsNull() })
        .returning('id')
        .execute();
      for (const { id: payoutId } of returnedRows<{ id: string }>(deleted)) {
        const details = { payoutId, eventId };
        await this.audit.record(tx, { type: 'payout.withdrawn', outcome: 'success', subjectId: userId, details });
      }
    });
  }
}
