import type { Channel } from '../../platform/notifications/message';

export interface Recipient {
  readonly channel: Channel;
  readonly to: string;
}

/** Whom a notice could go to. */
export interface KnownAddresses {
  /** Verified addresses of the account. */
  readonly email: string | null;
  readonly phone: string | null;
  /** Further ones of the owner: e-mail addresses, or numbers in E.164. */
  readonly alsoTo: readonly string[];
  /** What the change itself went through. */
  readonly notOnlyTo: string | undefined;
}

/**
 * Everybody who is told: each e-mail address once, and each number among the further ones. The account's own number only where
 * no mail tells the owner, or the only one that does goes where the change came through: a text message costs.
 *
 * @param canSend whether a channel leads to anybody here
 */
export function noticeRecipients(
  { email, phone, alsoTo, notOnlyTo }: KnownAddresses,
  canSend: (channel: Channel) => boolean,
): Recipient[] {
  const told = new Map<string, Recipient>();
  const tell = (to: string) => {
    const channel = channelOf(to);
    if (channel === 'sms' && !canSend('sms')) return;
    if (!told.has(folded(to))) told.set(folded(to), { channel, to });
  };
  for (const to of [...(email === null ? [] : [email]), ...alsoTo]) tell(to);
  const others = [...told].filter(([address, { channel }]) => canSend(channel) && address !== folded(notOnlyTo ?? ''));
  if (phone !== null && others.length === 0) tell(phone);
  return [...told.values()];
}

function channelOf(address: string): Channel {
  return address.includes('@') ? 'email' : 'sms';
}

/** Addresses that differ in case alone are one. */
function folded(address: string): string {
  return address.normalize('NFKC').toLowerCase();
}
