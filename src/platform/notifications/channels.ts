import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { MessageSettings } from '../config/settings/message.settings';
import { ServerSettings } from '../config/settings/server.settings';
import type { Channel } from './message';

/** Which channels lead to a person here. */
@Injectable()
export class Channels implements OnApplicationBootstrap {
  private readonly logger = new Logger(Channels.name);
  private readonly providers: Readonly<Record<Channel, boolean>>;
  private readonly hasDevelopmentOutbox: boolean;

  constructor({ smtpUrl, smsProvider }: MessageSettings, { isProduction }: ServerSettings) {
    this.providers = { email: smtpUrl !== undefined, sms: smsProvider !== undefined };
    this.hasDevelopmentOutbox = !isProduction;
  }

  onApplicationBootstrap(): void {
    if (!this.canSend('email')) this.logger.warn('No mail leaves this service: SMTP_URL is not set');
    if (!this.canSend('sms')) this.logger.warn('No SMS leaves this service: SMS_PROVIDER is not set');
  }

  /**
   * Whether a message by this channel reaches somebody: a provider is configured, or the development outbox stands in for one.
   * A factor that sends codes is offered only where it does.
   */
  canSend(channel: Channel): boolean {
    return this.providers[channel] || this.hasDevelopmentOutbox;
  }

  /** Whether the development outbox stands in for a provider: messages are shown there and go nowhere. */
  isDevelopmentOnly(channel: Channel): boolean {
    return this.hasDevelopmentOutbox && !this.providers[channel];
  }

  /** Channels by which messages leave the service. */
  get withProvider(): Channel[] {
    return (['email', 'sms'] as const).filter((channel) => this.providers[channel]);
  }
}
