import { createHmac } from 'node:crypto';

/**
 * Signs as Standard Webhooks says (https://www.standardwebhooks.com): HMAC-SHA-256 over `id.timestamp.body`, so that nobody can
 * change a message, make one up, or play one again later.
 *
 * @param secret base64, with or without `whsec_` in front
 * @param timestamp seconds since the epoch
 * @returns the headers that go with the body
 */
export function webhookHeaders(
  secret: string,
  { id, timestamp, body }: { readonly id: string; readonly timestamp: number; readonly body: string },
): Record<string, string> {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature}`,
  };
}
