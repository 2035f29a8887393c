import { noticeRecipients } from './notice-recipients';

const EMAIL = 'ada@example.com';
const PHONE = '+4915112345678';
const OTHER_PHONE = '+4915187654321';
const both = () => true;
const noMail = (channel: string) => channel !== 'email';
const noSms = (channel: string) => channel !== 'sms';

describe(noticeRecipients.name, () => {
  it.each([
    ['nobody, where nothing is verified', {}, both, []],
    ['the address', { email: EMAIL }, both, [EMAIL]],
    ['the phone where there is no address', { phone: PHONE }, both, [PHONE]],
    ['the address and not the phone', { email: EMAIL, phone: PHONE }, both, [EMAIL]],
    [
      'both where the change went by the only address',
      { email: EMAIL, phone: PHONE, notOnlyTo: EMAIL },
      both,
      [EMAIL, PHONE],
    ],
    ['both, whatever the case', { email: EMAIL, phone: PHONE, notOnlyTo: 'Ada@Example.com' }, both, [EMAIL, PHONE]],
    [
      'every address, and no phone where one is not the way of the change',
      { email: EMAIL, phone: PHONE, alsoTo: ['ada@work.example'], notOnlyTo: EMAIL },
      both,
      [EMAIL, 'ada@work.example'],
    ],
    ['each once', { email: EMAIL, alsoTo: ['ADA@example.com', PHONE, PHONE] }, both, [EMAIL, PHONE]],
    ['the phone of a factor, too', { email: EMAIL, alsoTo: [OTHER_PHONE] }, both, [EMAIL, OTHER_PHONE]],
    ['the only address although the change went by it', { email: EMAIL, notOnlyTo: EMAIL }, both, [EMAIL]],
    ['the only phone although the change went by it', { phone: PHONE, notOnlyTo: PHONE }, both, [PHONE]],
    ['the phone as well where no mail leaves', { email: EMAIL, phone: PHONE }, noMail, [EMAIL, PHONE]],
    ['no phone where no SMS leaves', { email: EMAIL, phone: PHONE, notOnlyTo: EMAIL }, noSms, [EMAIL]],
  ])('tells %s', (_whom, known, canSend, told) => {
    const addresses = { email: null, phone: null, alsoTo: [], notOnlyTo: undefined, ...known };
    const recipients = noticeRecipients(addresses, canSend);
    expect(recipients.map(({ to }) => to)).toEqual(told);
    for (const { channel, to } of recipients) expect(channel).toBe(to.includes('@') ? 'email' : 'sms');
  });
});
