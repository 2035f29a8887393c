import { toDeliveryError as ofSmtp } from '../mail/smtp-failure';
import { toDeliveryError as ofTwilio } from '../sms/twilio-failure';

const address = 'ada@example.com';

describe('A refusal of a mail server', () => {
  it.each([
    ['a recipient that is not there', { code: 'EENVELOPE', command: 'RCPT TO', responseCode: 550 }, true],
    ['content that is not wanted', { code: 'EMESSAGE', command: 'DATA', responseCode: 554 }, true],
    ['a full mailbox', { code: 'EENVELOPE', command: 'RCPT TO', responseCode: 452 }, false],
    ['a server that is busy', { code: 'EMESSAGE', command: 'DATA', responseCode: 451 }, false],
    ['commands out of order', { code: 'EENVELOPE', command: 'RCPT TO', responseCode: 503 }, false],
    ['a sender that the server does not take', { code: 'EENVELOPE', command: 'MAIL FROM', responseCode: 550 }, false],
    ['wrong credentials', { code: 'EAUTH', command: 'AUTH PLAIN', responseCode: 535 }, false],
    ['nobody who listens', { code: 'ESOCKET', command: 'CONN' }, false],
    ['no answer in time', { code: 'EABORT' }, false],
    ['a certificate that is not trusted', { code: 'ETLS', command: 'STARTTLS' }, false],
    ['something unheard of', {}, false],
  ])('is for good or may pass: %s', (_what, failure, isPermanent) => {
    const error = ofSmtp({ ...failure, message: address, response: `550 ${address}` } as object);
    expect(error.isPermanent).toBe(isPermanent);
    expect(error.message).not.toContain(address);
  });
});

describe('A refusal of Twilio', () => {
  it.each([
    ['no number', { status: 400, code: 21211 }, true],
    ['no mobile number', { status: 400, code: 21614 }, true],
    ['somebody who wants no more', { status: 400, code: 21610 }, true],
    ['a country that is switched off', { status: 400, code: 21408 }, false],
    ['a sender that is not one', { status: 400, code: 21606 }, false],
    ['wrong credentials', { status: 401, code: 20003 }, false],
    ['too many at once', { status: 429, code: 20429 }, false],
    ['trouble at Twilio', { status: 500 }, false],
    ['nobody who listens', { code: 'ECONNREFUSED' }, false],
  ])('is for good or may pass: %s', (_what, failure, isPermanent) => {
    const error = ofTwilio({ ...failure, message: '+4915112345678 is no number' } as object);
    expect(error.isPermanent).toBe(isPermanent);
    expect(error.message).not.toContain('+49');
  });
});
