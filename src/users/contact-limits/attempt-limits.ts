import type { CodeSettings } from '../../platform/config/settings/code.settings';
import type { Channel } from '../../platform/notifications/message';

const MINUTE = 60;
const QUARTER_HOUR = 15 * MINUTE;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Wrong and right first codes for one destination in a day, by all accounts that try to prove it. */
const MOST_GUESSES_BY_ALL = 30;

/** Notices by SMS to one number of an account in a day. */
const MOST_NOTICES = 10;

/** So many of a kind, for one subject, in a span that begins with the first of them. */
export interface AttemptLimit {
  readonly kind: string;
  /** Whom it is counted for; empty for everybody together. */
  readonly subject: readonly string[];
  readonly spanSeconds: number;
  readonly most: number;
}

/** Where codes go to, of whom. */
export interface Contact {
  readonly userId: string;
  readonly channel: Channel;
  /** In the form it is counted in. */
  readonly destination: string;
}

/**
 * What the first code for a destination that nobody has proven must keep to. Such messages are counted for the destination over
 * all accounts: it is somebody's who has perhaps asked for none. In this order, the same for everybody: rows are locked on the way.
 */
export function limitsOfFirstCode(settings: CodeSettings, contact: Contact): AttemptLimit[] {
  return [
    accountLimit(settings, contact),
    ...destinationLimits(settings, 'unproven_destination', [contact.channel, contact.destination]),
    // Half is left for people who sign in: whoever enrolls away cannot keep them out.
    ...halfOf(channelLimits(settings, contact)),
  ];
}

/** The same for a proven destination, counted for the account that proved it: nobody else uses it up. */
export function limitsOfFurtherCode(settings: CodeSettings, contact: Contact): AttemptLimit[] {
  const subject = [contact.userId, contact.channel, contact.destination];
  return [
    accountLimit(settings, contact),
    ...destinationLimits(settings, 'proven_destination', subject),
    ...channelLimits(settings, contact),
  ];
}

/** What text messages that tell an owner of changes must keep to: whoever changes much costs no more. Half is left for codes. */
export function limitsOfNotice(settings: CodeSettings, contact: Contact): AttemptLimit[] {
  const subject = [contact.userId, contact.channel, contact.destination];
  return [
    { kind: 'notices', subject, spanSeconds: DAY, most: MOST_NOTICES },
    ...halfOf(channelLimits(settings, contact)),
  ];
}

/** What guessing at the first code keeps to, however often the destination is enrolled anew. */
export function limitsOfGuesses(most: number, { userId, channel, destination }: Contact): [AttemptLimit, AttemptLimit] {
  return [
    { kind: 'guesses', subject: [userId, channel, destination], spanSeconds: DAY, most },
    { kind: 'guesses_by_all', subject: [channel, destination], spanSeconds: DAY, most: MOST_GUESSES_BY_ALL },
  ];
}

/** By channel: whoever has the password and asks for code after code keeps the owner from one kind of them only. */
function accountLimit({ perAccount }: CodeSettings, { userId, channel }: Contact): AttemptLimit {
  return { kind: 'account', subject: [userId, channel], spanSeconds: HOUR, most: perAccount };
}

function destinationLimits(
  { perDestination, perDestinationDay }: CodeSettings,
  kind: string,
  subject: readonly string[],
): AttemptLimit[] {
  return [
    { kind, subject, spanSeconds: QUARTER_HOUR, most: perDestination },
    { kind, subject, spanSeconds: DAY, most: perDestinationDay },
  ];
}

/** What SMS may cost; e-mail costs nothing to speak of. */
function channelLimits({ smsPerMinute, smsPerHour, smsPerDay }: CodeSettings, { channel }: Contact): AttemptLimit[] {
  if (channel !== 'sms') return [];
  const [kind, subject] = ['sms', []];
  return [
    { kind, subject, spanSeconds: MINUTE, most: smsPerMinute },
    { kind, subject, spanSeconds: HOUR, most: smsPerHour },
    { kind, subject, spanSeconds: DAY, most: smsPerDay },
  ];
}

function halfOf(limits: readonly AttemptLimit[]): AttemptLimit[] {
  return limits.map((limit) => ({ ...limit, most: Math.max(1, Math.floor(limit.most / 2)) }));
}
