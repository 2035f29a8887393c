import type { MessageSettings } from '../config/settings/message.settings';
import type { ServerSettings } from '../config/settings/server.settings';
import { Channels } from './channels';

describe(Channels.name, () => {
  it.each([
    ['development', {}, { email: true, sms: true }],
    ['production', {}, { email: false, sms: false }],
    ['production', { smtpUrl: 'smtps://mail.example.com' }, { email: true, sms: false }],
    ['production', { smsProvider: 'webhook' }, { email: false, sms: true }],
    ['production', { smtpUrl: 'smtps://mail.example.com', smsProvider: 'twilio' }, { email: true, sms: true }],
  ])('says what can be sent in %s with %j', (environment, settings, expected) => {
    const server = { isProduction: environment === 'production' } as ServerSettings;
    const channels = new Channels(settings as MessageSettings, server);
    expect({ email: channels.canSend('email'), sms: channels.canSend('sms') }).toEqual(expected);
  });
});
