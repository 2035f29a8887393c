import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, LessThan } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Clock } from '../clock/clock';
import { SecretBox, type SecretPlace } from '../crypto/secret-box';
import { OutboxMessageEntity } from './entities/outbox-message.entity';

/** What a message says. */
export interface MessageContent {
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** The code or token within, for whoever has no mailbox at hand in development. */
  readonly data: { readonly code?: string; readonly token?: string };
}

export interface OutgoingMessage extends MessageContent {
  readonly channel: 'email' | 'sms';
  /** E-mail address, or phone number in E.164. */
  readonly to: string;
}

export interface OutboxItem extends OutgoingMessage {
  readonly at: Date;
}

/** Messages to people, written in the transaction of the change that causes them. */
@Injectable()
export class Outbox {
  constructor(
    private readonly dataSource: DataSource,
    private readonly secretBox: SecretBox,
    private readonly clock: Clock,
  ) {}

  async send(tx: EntityManager, { channel, to, ...content }: OutgoingMessage): Promise<void> {
    const id = uuidv7();
    await tx.insert(OutboxMessageEntity, {
      id,
      channel,
      recipient: to,
      sealedContent: this.secretBox.seal<'MessageContent'>(Buffer.from(JSON.stringify(content)), placeOf(id)),
      createdAt: this.clock.now(),
    });
  }

  /** The latest messages, newest first. */
  async latest(to: string | undefined, limit: number): Promise<OutboxItem[]> {
    const rows = await this.dataSource.getRepository(OutboxMessageEntity).find({
      ...(to !== undefined && { where: { recipient: to } }),
      order: { id: 'DESC' },
      take: limit,
    });
    return rows.map((row) => {
      const content = this.secretBox.open(row.sealedContent, placeOf(row.id)).toString('utf8');
      return { channel: row.channel, to: row.recipient, ...(JSON.parse(content) as MessageContent), at: row.createdAt };
    });
  }

  /** Drops messages written before `moment`. */
  async dropBefore(moment: Date): Promise<void> {
    await this.dataSource.getRepository(OutboxMessageEntity).delete({ createdAt: LessThan(moment) });
  }
}

function placeOf(id: string): SecretPlace {
  return { table: 'outbox', column: 'sealed_content', rowId: id };
}
