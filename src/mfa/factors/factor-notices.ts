import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type NoticeKind, Notices } from '../../users/notices/notices';
import type { FactorRecord } from './factor';
import { FactorStore } from './factor.store';

/** Tells the owner of an account what happened to its second factors, also where those send codes to. */
@Injectable()
export class FactorNotices {
  constructor(
    private readonly notices: Notices,
    private readonly factors: FactorStore,
  ) {}

  /** Of one factor, which may be gone by now: its own address is told, and is not the only one. */
  async about(tx: EntityManager, factor: FactorRecord, kind: NoticeKind): Promise<void> {
    const { userId, name, destination } = factor;
    await this.notices.send(tx, userId, {
      kind,
      values: { name },
      alsoTo: [
        ...new Set([...(await this.destinationsOf(tx, userId)), ...(destination === null ? [] : [destination])]),
      ],
      ...(destination !== null && { notOnlyTo: destination }),
    });
  }

  /** Of recovery codes, say. */
  async send(
    tx: EntityManager,
    userId: string,
    kind: NoticeKind,
    values: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await this.notices.send(tx, userId, { kind, values, alsoTo: await this.destinationsOf(tx, userId) });
  }

  private async destinationsOf(tx: EntityManager, userId: string): Promise<string[]> {
    const active = await this.factors.listActive(tx, userId);
    return active.flatMap(({ destination }) => destination ?? []);
  }
}
