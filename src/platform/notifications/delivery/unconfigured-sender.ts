import type { MailSender } from '../mail/mail-sender';
import type { SmsSender } from '../sms/sms-sender';
import { DeliveryError } from './delivery-error';

/** Where no provider is configured. */
export class UnconfiguredSender implements MailSender, SmsSender {
  send(): Promise<void> {
    return Promise.reject(new DeliveryError('no provider is configured', { isPermanent: false }));
  }
}
