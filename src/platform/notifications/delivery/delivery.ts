import { Injectable } from '@nestjs/common';
import { MailSender } from '../mail/mail-sender';
import type { OutgoingMessage } from '../outbox.store';
import { SmsSender } from '../sms/sms-sender';

/** Hands a message to the provider of its channel. */
@Injectable()
export class Delivery {
  constructor(
    private readonly mails: MailSender,
    private readonly texts: SmsSender,
  ) {}

  /**
   * Resolves once the provider has taken it.
   *
   * @param id the same at each try
   * @throws DeliveryError
   */
  async send(id: string, { channel, to, subject, text, html = '' }: OutgoingMessage): Promise<void> {
    if (channel === 'email') await this.mails.send({ id, to, subject, text, html });
    else await this.texts.send({ id, to, text });
  }
}
