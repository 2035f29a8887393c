import { Injectable } from '@nestjs/common';
import { type EntityManager, LessThan } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { SeenClientEntity } from './entities/seen-client.entity';

/** What nobody has signed in from for so long is new again: 180 days. */
const KEPT_SECONDS = 180 * 86_400;

export interface ClientTraits {
  readonly device: string;
  readonly network: string;
}

/** Which of the traits of a client were new to an account. */
export interface NewTraits {
  readonly device: boolean;
  readonly network: boolean;
}

/** Every statement on `seen_clients`. */
@Injectable()
export class SeenClientStore {
  constructor(private readonly clock: Clock) {}

  /**
   * Notes a sign-in. Of any number at once, one finds a trait new.
   *
   * @returns what is new; nothing is where the account has seen nobody before
   */
  async note(tx: EntityManager, userId: string, { device, network }: ClientTraits): Promise<NewTraits> {
    const table = tx.dataSource.getMetadata(SeenClientEntity).tablePath;
    const rows = await tx.query<{ kind: keyof NewTraits; is_new: boolean }[]>(
      `INSERT INTO ${table} AS seen (user_id, kind, value, last_seen_at)
       VALUES ($1, 'device', $2, $4), ($1, 'network', $3, $4)
       ON CONFLICT (user_id, kind, value) DO UPDATE SET last_seen_at = EXCLUDED.last_seen_at
       RETURNING kind, xmax = 0 AND EXISTS (SELECT FROM ${table} WHERE user_id = $1) AS is_new`,
      [userId, device, network, this.clock.now()],
    );
    const isNew = (kind: keyof NewTraits) => rows.some((row) => row.kind === kind && row.is_new);
    return { device: isNew('device'), network: isNew('network') };
  }

  async dropOld(tx: EntityManager): Promise<void> {
    await tx.delete(SeenClientEntity, { lastSeenAt: LessThan(this.clock.in(-KEPT_SECONDS)) });
  }
}
