export interface Mail {
  /** The same at each try, so that a mail that arrives twice can be told for one. */
  readonly id: string;
  readonly to: string;
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Hands mails to a mail server. A port: settings choose who is behind it. */
export abstract class MailSender {
  /**
   * Resolves once the server has taken the mail, which takes `DELIVERY_TIMEOUT` at most.
   *
   * @throws DeliveryError when it is refused, and when nobody answers in time
   */
  abstract send(mail: Mail): Promise<void>;
}
