import { type DataSource, type FindOptionsWhere, IsNull, Not } from 'typeorm';
import { returnedRows } from '../database/returned-rows';
import { OutboxMessageEntity } from './entities/outbox-message.entity';

export interface Claim {
  readonly channels: readonly string[];
  readonly now: Date;
  /** No other process gets them until then; should this one die, another takes them after that. */
  readonly leaseUntil: Date;
  readonly limit: number;
  readonly columns: readonly (keyof OutboxMessageEntity)[];
}

/** Takes rows of the outbox whose time has come, the longest due first, and counts the try. */
export async function claimDue<Row>(dataSource: DataSource, claim: Claim): Promise<Row[]> {
  const { channels, now, leaseUntil, limit, columns } = claim;
  const rows = dataSource.getRepository(OutboxMessageEntity);
  const due = rows
    .createQueryBuilder('due')
    .select('due.id')
    .where('due.next_try_at <= :now AND due.channel IN (:...channels)')
    .orderBy('due.next_try_at')
    .limit(limit)
    .setLock('pessimistic_write')
    .setOnLocked('skip_locked');
  const claimed = await rows
    .createQueryBuilder()
    .update()
    .set({ nextTryAt: leaseUntil, attempts: () => 'attempts + 1' })
    .where(`id IN (${due.getQuery()})`)
    .setParameters({ now, channels })
    .returning([...columns])
    .execute();
  return returnedRows<Row>(claimed);
}

/** What came of a try. A lease that ran out gave the row to another process: once that is through with it, nothing undoes it. */
export async function settleRow(
  dataSource: DataSource,
  id: string,
  change: Pick<Partial<OutboxMessageEntity>, 'sentAt' | 'failedAt' | 'nextTryAt'>,
): Promise<void> {
  await dataSource.getRepository(OutboxMessageEntity).update({ id, sentAt: IsNull() }, change);
}

/** When the longest waiting of some rows was written; undefined when none waits. */
export async function oldestWaiting(
  dataSource: DataSource,
  channel: NonNullable<FindOptionsWhere<OutboxMessageEntity>['channel']>,
): Promise<Date | undefined> {
  const oldest = await dataSource.getRepository(OutboxMessageEntity).findOne({
    where: { channel, nextTryAt: Not(IsNull()) },
    select: { id: true, createdAt: true },
    order: { createdAt: 'ASC' },
  });
  return oldest?.createdAt;
}
