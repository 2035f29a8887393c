import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Clock } from '../clock/clock';
import { MessageSettings } from '../config/settings/message.settings';
import { ServerSettings } from '../config/settings/server.settings';
import { Channels } from './channels';
import { Delivery } from './delivery/delivery';
import { UnconfiguredSender } from './delivery/unconfigured-sender';
import { MailSender } from './mail/mail-sender';
import { SmtpMailSender } from './mail/smtp-mail-sender';
import { MessageMetrics } from './message-metrics';
import { Messenger } from './messenger';
import { Outbox } from './outbox';
import { OutboxDispatcher } from './outbox-dispatcher';
import { OutboxHousekeeping } from './outbox-housekeeping';
import { OutboxStore } from './outbox.store';
import { MessageRenderer } from './rendering/message-renderer';
import { TemplateCatalogue, type TemplateFeature } from './rendering/template-catalogue';
import { SmsSender } from './sms/sms-sender';
import { TwilioSmsSender } from './sms/twilio-sms-sender';
import { WebhookSmsSender } from './sms/webhook-sms-sender';

@Global()
@Module({
  providers: [
    {
      provide: MailSender,
      inject: [MessageSettings, ServerSettings],
      useFactory: (settings: MessageSettings, { isProduction }: ServerSettings): MailSender | Promise<MailSender> =>
        settings.smtpUrl === undefined ? new UnconfiguredSender() : SmtpMailSender.from(settings, isProduction),
    },
    {
      provide: SmsSender,
      inject: [MessageSettings, Clock],
      useFactory: (settings: MessageSettings, clock: Clock): SmsSender | Promise<SmsSender> => {
        if (settings.smsProvider === 'twilio') return TwilioSmsSender.from(settings);
        return settings.smsProvider === 'webhook' ? new WebhookSmsSender(settings, clock) : new UnconfiguredSender();
      },
    },
    Channels,
    Delivery,
    MessageMetrics,
    MessageRenderer,
    Messenger,
    Outbox,
    OutboxDispatcher,
    OutboxHousekeeping,
    OutboxStore,
    TemplateCatalogue,
  ],
  exports: [Channels, Messenger, Outbox, OutboxStore, TemplateCatalogue],
})
export class NotificationsModule {
  /**
   * Registers the messages of a module, with the folder of their templates.
   *
   * @throws Error at start when a name is taken, a file is missing, or a template fills in what no message brings along
   * @example
   * NotificationsModule.forFeature({
   *   templates: { 'payout-approved': { channels: ['email'], values: ['amount'] } },
   *   folder: join(__dirname, 'templates'), // en/payout-approved.txt.hbs
   * })
   */
  static forFeature(feature: TemplateFeature): DynamicModule {
    return {
      module: TemplateFeatureModule,
      providers: [
        {
          provide: Symbol('message templates'),
          inject: [TemplateCatalogue],
          useFactory: (catalogue: TemplateCatalogue) => {
            catalogue.register(feature);
            return feature;
          },
        },
      ],
    };
  }
}

@Module({})
class TemplateFeatureModule {}
