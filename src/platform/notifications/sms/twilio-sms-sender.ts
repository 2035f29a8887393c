import type { MessageSettings } from '../../config/settings/message.settings';
import type { Twilio } from 'twilio';
import { DeliveryError } from '../delivery/delivery-error';
import { withinTime } from '../delivery/within-time';
import { SmsSender, type TextMessage } from './sms-sender';
import { toDeliveryError, type TwilioFailure } from './twilio-failure';

type Sender = { readonly from: string } | { readonly messagingServiceSid: string };

/** Hands text messages to Twilio by its own SDK. */
export class TwilioSmsSender extends SmsSender {
  private constructor(
    private readonly client: Twilio,
    private readonly sender: Sender,
    private readonly timeoutMs: number,
  ) {
    super();
  }

  /** The sender for `TWILIO_*`. The SDK is large: it is loaded only where it is wanted. */
  static async from(settings: MessageSettings): Promise<TwilioSmsSender> {
    const { twilioAccountSid: accountSid = '', twilioApiKey, twilioApiSecret, twilioAuthToken } = settings;
    const { default: sdk } = await import('twilio');
    const timeoutMs = settings.deliveryTimeout * 1000;
    const httpClient = new sdk.RequestClient({ timeout: timeoutMs });
    // The SDK knows regions and edges by name; this takes a proxy as well.
    const request = httpClient.request.bind(httpClient);
    httpClient.request = (options) => request({ ...options, uri: elsewhere(options.uri, settings.twilioApiUrl) });
    const client = new sdk.Twilio(twilioApiKey ?? accountSid, twilioApiSecret ?? twilioAuthToken, {
      accountSid,
      httpClient,
      // Whatever the environment says: at `debug` the SDK prints what it sends.
      logLevel: 'none',
    });
    const { twilioMessagingServiceSid: messagingServiceSid, twilioFrom: from = '' } = settings;
    const sender = messagingServiceSid === undefined ? { from } : { messagingServiceSid };
    return new TwilioSmsSender(client, sender, timeoutMs);
  }

  override async send({ to, text: body }: TextMessage): Promise<void> {
    try {
      await withinTime(this.client.messages.create({ ...this.sender, to, body }), this.timeoutMs, 'Twilio');
    } catch (error) {
      throw error instanceof DeliveryError ? error : toDeliveryError(error as TwilioFailure);
    }
  }
}

function elsewhere(uri: string, baseUrl: string): string {
  const { pathname, search } = new URL(uri);
  return `${baseUrl}${pathname}${search}`;
}
