import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, LessThan, Not } from 'typeorm';
import { Clock } from '../clock/clock';
import { type Sealed, SecretBox, type SecretPlace } from '../crypto/secret-box';
import { newId } from '../crypto/new-id';
import { claimDue, oldestWaiting, settleRow } from './outbox-rows';
import { OutboxMessageEntity } from './entities/outbox-message.entity';
import type { Channel } from './message';

/** What a message says. */
export interface MessageContent {
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** The code or token within, for whoever has no mailbox at hand in development. */
  readonly data: { readonly code?: string; readonly token?: string };
}

export interface OutgoingMessage extends MessageContent {
  readonly channel: Channel;
  /** E-mail address, or phone number in E.164. */
  readonly to: string;
}

export interface OutboxItem extends OutgoingMessage {
  readonly at: Date;
}

/** A message that one process may send, until its lease ends. */
export interface ClaimedMessage {
  readonly id: string;
  readonly channel: Channel;
  readonly to: string;
  readonly sealedContent: Sealed<'MessageContent'>;
  /** Tries, this one among them. */
  readonly attempts: number;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

/** The rows of the outbox that are messages. */
@Injectable()
export class OutboxStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly secretBox: SecretBox,
    private readonly clock: Clock,
  ) {}

  /**
   * Writes a message down.
   *
   * @param state `waiting` to be sent, or `sent`: for the development outbox to show
   * @param goodFor seconds for which it is of use
   */
  async add(
    tx: EntityManager,
    { channel, to, ...content }: OutgoingMessage,
    state: 'waiting' | 'sent',
    goodFor?: number,
  ): Promise<void> {
    const id = newId();
    const now = this.clock.now();
    await tx.insert(OutboxMessageEntity, {
      id,
      channel,
      recipient: to,
      sealedContent: this.secretBox.seal<'MessageContent'>(Buffer.from(JSON.stringify(content)), placeOf(id)),
      createdAt: now,
      ...(state === 'waiting' ? { nextTryAt: now } : { sentAt: now }),
      ...(goodFor !== undefined && { expiresAt: this.clock.in(goodFor) }),
    });
  }

  /**
   * Takes up to `limit` messages whose time has come, the longest due first. No other process gets them for `leaseSeconds`;
   * should this one die, another takes them after that.
   */
  async claim(channels: readonly Channel[], limit: number, leaseSeconds: number): Promise<ClaimedMessage[]> {
    const rows = await claimDue<ClaimedRow>(this.dataSource, {
      channels,
      now: this.clock.now(),
      leaseUntil: this.clock.in(leaseSeconds),
      limit,
      columns: ['id', 'channel', 'recipient', 'sealedContent', 'attempts', 'createdAt', 'expiresAt'],
    });
    return rows.map((row) => ({
      id: row.id,
      channel: row.channel,
      to: row.recipient,
      sealedContent: row.sealed_content,
      attempts: row.attempts,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    }));
  }

  /** @throws SecretBoxError when it does not open */
  contentOf({ id, sealedContent }: Pick<ClaimedMessage, 'id' | 'sealedContent'>): MessageContent {
    return JSON.parse(this.secretBox.open(sealedContent, placeOf(id)).toString('utf8')) as MessageContent;
  }

  /** It was acknowledged: nobody sends it again. */
  async markSent(id: string): Promise<void> {
    await settleRow(this.dataSource, id, { sentAt: this.clock.now(), nextTryAt: null });
  }

  /** It is tried no more. */
  async markFailed(id: string): Promise<void> {
    await settleRow(this.dataSource, id, { failedAt: this.clock.now(), nextTryAt: null });
  }

  async tryAgainAt(id: string, moment: Date): Promise<void> {
    await settleRow(this.dataSource, id, { nextTryAt: moment });
  }

  /** When the longest waiting message was written; undefined when none waits. */
  async oldestWaiting(): Promise<Date | undefined> {
    return oldestWaiting(this.dataSource, Not('event' as const));
  }

  /** The latest messages, newest first. */
  async latest(to: string | undefined, limit: number): Promise<OutboxItem[]> {
    const rows = await this.dataSource.getRepository(OutboxMessageEntity).find({
      where: { channel: Not('event' as const), ...(to !== undefined && { recipient: to }) },
      order: { id: 'DESC' },
      take: limit,
    });
    return rows.flatMap(({ id, channel, recipient, sealedContent, createdAt }) =>
      channel === 'event' || recipient === null || sealedContent === null
        ? []
        : [{ channel, to: recipient, ...this.contentOf({ id, sealedContent }), at: createdAt }],
    );
  }

  /** Drops messages and events that were through before the one moment, and whatever was written before the other. */
  async drop({ sentBefore, writtenBefore }: { sentBefore: Date; writtenBefore: Date }): Promise<void> {
    const rows = this.dataSource.getRepository(OutboxMessageEntity);
    await rows.delete({ sentAt: LessThan(sentBefore) });
    await rows.delete({ createdAt: LessThan(writtenBefore) });
  }
}

interface ClaimedRow {
  readonly id: string;
  readonly channel: Channel;
  readonly recipient: string;
  readonly sealed_content: Sealed<'MessageContent'>;
  readonly attempts: number;
  readonly created_at: Date;
  readonly expires_at: Date | null;
}

function placeOf(id: string): SecretPlace {
  return { table: 'outbox', column: 'sealed_content', rowId: id };
}
