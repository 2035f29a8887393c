export interface DeliveryErrorOptions {
  /** Whether the same message would be refused again: there is no such address. */
  readonly isPermanent: boolean;
}

/**
 * A provider did not take a message. The text is for the log: it names the step and the provider's code, and never the
 * recipient, what the message says, or what the provider said, since that repeats both.
 */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly isPermanent: boolean;

  constructor(reason: string, { isPermanent }: DeliveryErrorOptions) {
    super(reason);
    this.isPermanent = isPermanent;
  }
}
