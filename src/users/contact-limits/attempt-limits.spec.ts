import { type Contact, limitsOfFirstCode, limitsOfFurtherCode, limitsOfGuesses } from './attempt-limits';

const SETTINGS = {
  perAccount: 10,
  perDestination: 5,
  perDestinationDay: 20,
  smsPerMinute: 3,
  smsPerHour: 30,
  smsPerDay: 1,
};
const BY_EMAIL: Contact = { userId: 'ada', channel: 'email', destination: 'ada@example.com' };
const BY_SMS: Contact = { userId: 'ada', channel: 'sms', destination: '+4915112345678' };

const spans = (limits: readonly { kind: string; spanSeconds: number; most: number }[]) =>
  limits.map(({ kind, spanSeconds, most }) => `${kind}: ${most} in ${spanSeconds} s`);

describe(limitsOfFirstCode.name, () => {
  it('keeps to the account and to the destination, whoever sends to it', () => {
    const limits = limitsOfFirstCode(SETTINGS, BY_EMAIL);
    expect(spans(limits)).toEqual([
      'account: 10 in 3600 s',
      'unproven_destination: 5 in 900 s',
      'unproven_destination: 20 in 86400 s',
    ]);
    const byEve = limitsOfFirstCode(SETTINGS, { ...BY_EMAIL, userId: 'eve' });
    expect(limits.map(({ subject }, at) => subject.join() === byEve[at]!.subject.join())).toEqual([false, true, true]);
  });

  it('leaves half of what SMS may cost to people who sign in, and yet is possible', () => {
    expect(spans(limitsOfFirstCode(SETTINGS, BY_SMS)).slice(3)).toEqual([
      'sms: 1 in 60 s',
      'sms: 15 in 3600 s',
      'sms: 1 in 86400 s',
    ]);
  });
});

describe(limitsOfFurtherCode.name, () => {
  it('counts a proven destination for its account alone', () => {
    const limits = limitsOfFurtherCode(SETTINGS, BY_SMS);
    expect(spans(limits)).toEqual([
      'account: 10 in 3600 s',
      'proven_destination: 5 in 900 s',
      'proven_destination: 20 in 86400 s',
      'sms: 3 in 60 s',
      'sms: 30 in 3600 s',
      'sms: 1 in 86400 s',
    ]);
    const byEve = limitsOfFurtherCode(SETTINGS, { ...BY_SMS, userId: 'eve' });
    expect(
      limits.filter(({ subject }, at) => subject.join() === byEve[at]!.subject.join()).map(({ kind }) => kind),
    ).toEqual(['sms', 'sms', 'sms']);
  });

  it('counts e-mail and SMS of an account apart', () => {
    const [[email], [sms]] = [limitsOfFurtherCode(SETTINGS, BY_EMAIL), limitsOfFurtherCode(SETTINGS, BY_SMS)];
    expect(email!.subject).not.toEqual(sms!.subject);
  });
});

describe(limitsOfGuesses.name, () => {
  it('counts them for account and destination, and for the destination over all accounts', () => {
    const limits = limitsOfGuesses(7, BY_EMAIL);
    expect(spans(limits)).toEqual(['guesses: 7 in 86400 s', 'guesses_by_all: 30 in 86400 s']);
    const byEve = limitsOfGuesses(7, { ...BY_EMAIL, userId: 'eve' });
    expect(limits.map(({ subject }, at) => subject.join() === byEve[at]!.subject.join())).toEqual([false, true]);
  });
});
