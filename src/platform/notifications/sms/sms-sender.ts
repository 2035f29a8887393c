export interface TextMessage {
  /** The same at each try, so that a message that is handed over twice can be told for one. */
  readonly id: string;
  /** E.164. */
  readonly to: string;
  readonly text: string;
}

/** Hands text messages to whoever sends them. A port: settings choose who is behind it. */
export abstract class SmsSender {
  /**
   * Resolves once the provider has taken the message, which takes `DELIVERY_TIMEOUT` at most.
   *
   * @throws DeliveryError when it is refused, and when nobody answers in time
   */
  abstract send(message: TextMessage): Promise<void>;
}
