import { DeliveryError } from '../delivery/delivery-error';

/** What the SDK says of a failure. `message` repeats the number. */
export interface TwilioFailure {
  /** HTTP status of the answer; none when there was no answer. */
  readonly status?: number;
  /** Twilio's own code, or that of the connection: `ECONNREFUSED`. */
  readonly code?: number | string;
}

/**
 * Twilio's codes for a recipient that the message will never reach: not a number, not a mobile one, not to be reached, or one
 * that asked for no more. Every other refusal is the service's own trouble (credentials, sender, credit), and may pass.
 */
const ABOUT_THE_RECIPIENT = new Set<unknown>([21211, 21214, 21217, 21604, 21610, 21612, 21614]);

export function toDeliveryError({ status, code }: TwilioFailure): DeliveryError {
  const what = [status === undefined ? 'no answer' : `HTTP ${status}`, code].filter((part) => part !== undefined);
  return new DeliveryError(`Twilio: ${what.join(', ')}`, { isPermanent: ABOUT_THE_RECIPIENT.has(code) });
}
