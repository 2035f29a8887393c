/** What carries a message. */
export type Channel = 'email' | 'sms';

/** A message to a person, by the name of its template. */
export interface Message {
  readonly channel: Channel;
  /** E-mail address, or phone number in E.164. */
  readonly to: string;
  /** Name of the template: `email-code`, `factor-added`. */
  readonly template: string;
  /** Languages the reader knows, the best first: a locale (BCP 47), or what `Accept-Language` says. */
  readonly languages: readonly string[];
  /** What the template fills in beside the name of the application. Never HTML. */
  readonly values: Readonly<Record<string, string>>;
  /** The code or token within, for whoever has no mailbox at hand in development. */
  readonly data?: { readonly code?: string; readonly token?: string };
  /** Seconds for which it is of use; one that could not be sent by then is given up. Only `Outbox` waits for so long. */
  readonly goodFor?: number;
}
