import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { Channels } from '../../platform/notifications/channels';
import { Outbox } from '../../platform/notifications/outbox';
import type { NoticeKind } from '../../platform/notifications/rendering/message-templates';
import { ContactLimits } from '../contact-limits/contact-limits';
import { UserEntity } from '../accounts/entities/user.entity';
import { noticeRecipients } from './notice-recipients';

export type { NoticeKind };

export interface Notice {
  readonly kind: NoticeKind;
  /** What the template fills in: the `name` of a factor, how many codes are `remaining`. Never HTML. */
  readonly values?: Readonly<Record<string, string>>;
  /** Further addresses of the owner, beside those the account has verified: where its factors send codes to. */
  readonly alsoTo?: readonly string[];
  /** An address that the change itself went through: another is told where there is one. */
  readonly notOnlyTo?: string;
}

/** Tells the owner of an account what happened to it, at every verified address. Text messages have their limits. */
@Injectable()
export class Notices {
  constructor(
    private readonly outbox: Outbox,
    private readonly channels: Channels,
    private readonly clock: Clock,
    private readonly limits: ContactLimits,
  ) {}

  /** Written in the transaction of the change: the notice goes out if and only if that is committed. */
  async send(tx: EntityManager, userId: string, notice: Notice): Promise<void> {
    const { kind, values = {}, alsoTo = [], notOnlyTo } = notice;
    const account = await tx.findOne(UserEntity, {
      where: { id: userId },
      select: {
        id: true,
        username: true,
        locale: true,
        email: true,
        emailVerifiedAt: true,
        phone: true,
        phoneVerifiedAt: true,
      },
    });
    if (account === null) return;
    const email = account.emailVerifiedAt === null ? null : account.email;
    const phone = account.phoneVerifiedAt === null ? null : account.phone;
    const recipients = noticeRecipients({ email, phone, alsoTo, notOnlyTo }, (channel) =>
      this.channels.canSend(channel),
    );
    const languages = account.locale === null ? [] : [account.locale];
    const all = { ...values, username: account.username, at: inWords(this.clock.now()) };
    for (const recipient of recipients) {
      const { channel, to } = recipient;
      if (channel === 'sms' && !(await this.limits.countNotice(tx, { userId, channel, destination: to }))) continue;
      await this.outbox.send(tx, { ...recipient, template: kind, languages, values: all });
    }
  }
}

/** `2026-06-01 12:00 UTC`: read alike in every language. */
function inWords(moment: Date): string {
  return `${moment.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
