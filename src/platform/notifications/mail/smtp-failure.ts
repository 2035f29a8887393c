import { DeliveryError } from '../delivery/delivery-error';

/** What nodemailer says of a failure. `message` and `response` repeat the recipient. */
export interface SmtpFailure {
  readonly code?: string;
  /** The command that failed: `CONN`, `RCPT TO`. */
  readonly command?: string;
  /** Reply of the server (RFC 5321 §4.2.1). */
  readonly responseCode?: number;
}

/** Steps that concern this one message; a refusal at any other is the service's own trouble, and may pass. */
const ABOUT_THE_MESSAGE = new Set(['RCPT TO', 'DATA']);

/** Whether it was a refusal for good: RFC 5321 §4.2.1, a 5yz reply to the recipient or the content. */
export function toDeliveryError({ code, command, responseCode }: SmtpFailure): DeliveryError {
  const isPermanent =
    ABOUT_THE_MESSAGE.has(command ?? '') && responseCode !== undefined && responseCode >= 500 && responseCode !== 503;
  const what = [command, responseCode, code].filter((part) => part !== undefined).join(' ');
  return new DeliveryError(`SMTP: ${what === '' ? 'failed' : what}`, { isPermanent });
}
