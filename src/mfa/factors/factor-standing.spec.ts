import { standingOf } from './factor-standing';

const app = { mailboxOf: () => undefined };
const mail = { mailboxOf: ({ destination }: { destination: string | null }) => destination ?? undefined };

describe(standingOf, () => {
  it.each([
    ['an app, no reset', app, null, null, 'counts'],
    ['an app, after a reset', app, null, 'ada@example.com', 'counts'],
    ['a mailbox, no reset', mail, 'ada@example.com', null, 'counts'],
    ['that mailbox, after a reset', mail, 'ada@example.com', 'ada@example.com', 'reset_mailbox'],
    ['that mailbox, written otherwise', mail, 'Ada+Codes@EXAMPLE.com', 'ada@example.com', 'reset_mailbox'],
    ['another mailbox, after a reset', mail, 'ada@example.org', 'ada@example.com', 'counts'],
    ['a number, after a reset', mail, '+4915112345678', 'ada@example.com', 'counts'],
    ['a kind that is switched off', undefined, null, null, 'switched_off'],
    ['that mailbox, switched off too', undefined, 'ada@example.com', 'ada@example.com', 'switched_off'],
  ] as const)('%s', (_, plugin, destination, recoveredMailbox, standing) => {
    expect(standingOf({ destination }, plugin, recoveredMailbox)).toBe(standing);
  });
});
