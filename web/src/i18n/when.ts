import type { Strings } from './en';

/** From when on to try again: seconds while they can be waited for, then the time of day. */
export function whenAfter(
  seconds: number | undefined,
  { when }: Pick<Strings, 'when'>,
  language: string,
  now: number,
): string {
  if (seconds === undefined || seconds <= 0) return when.soon;
  if (seconds < 60) return when.in(Math.ceil(seconds));
  // Rounded up to the minute that is shown: earlier would be too early.
  const time = new Date(Math.ceil((now + seconds * 1000) / 60_000) * 60_000);
  const isSoon = seconds < 12 * 3600;
  const format = new Intl.DateTimeFormat(
    language,
    isSoon ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' },
  );
  return when.at(format.format(time));
}

/** A time that has passed, as people say it: today's by the hour, others by the day. */
export function dateAndTime(iso: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
}
