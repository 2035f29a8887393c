import type { Clock } from '../../clock/clock';
import type { MessageSettings } from '../../config/settings/message.settings';
import { DeliveryError } from '../delivery/delivery-error';
import { SmsSender, type TextMessage } from './sms-sender';
import { webhookHeaders } from './webhook-signature';

/** A receiver that answers so will never take this message. Any other refusal may pass. */
const PERMANENT = new Set([400, 422]);

/** Posts text messages, signed, to a webhook that sends them. */
export class WebhookSmsSender extends SmsSender {
  private readonly url: string;
  private readonly secret: string;
  private readonly timeoutMs: number;

  constructor(
    { smsWebhookUrl = '', smsWebhookSecret = '', deliveryTimeout }: MessageSettings,
    private readonly clock: Clock,
  ) {
    super();
    this.url = smsWebhookUrl;
    this.secret = smsWebhookSecret;
    this.timeoutMs = deliveryTimeout * 1000;
  }

  override async send({ id, to, text }: TextMessage): Promise<void> {
    const body = JSON.stringify({ id, to, text });
    const headers = webhookHeaders(this.secret, { id, timestamp: this.clock.nowInSeconds(), body });
    const response = await this.post(body, headers);
    // The answer is a status: whatever else comes is not waited for.
    await response.body?.cancel();
    if (!response.ok) {
      const isPermanent = PERMANENT.has(response.status);
      throw new DeliveryError(`SMS webhook: HTTP ${response.status}`, { isPermanent });
    }
  }

  private async post(body: string, headers: Record<string, string>): Promise<Response> {
    try {
      return await fetch(this.url, {
        method: 'POST',
        body,
        headers: { ...headers, 'content-type': 'application/json' },
        // Signed for this receiver, and for no other that it names.
        redirect: 'manual',
        signal: AbortSignal.timeout(this.timeoutMs),
      });
    } catch (error) {
      throw new DeliveryError(`SMS webhook: ${causeOf(error)}`, { isPermanent: false });
    }
  }
}

/** The code of the connection's error, which says nothing of the message. */
function causeOf(error: unknown): string {
  const { name, cause } = error as { name?: unknown; cause?: { code?: unknown } };
  if (name === 'TimeoutError') return 'no answer in time';
  return typeof cause?.code === 'string' ? cause.code : 'no answer';
}
