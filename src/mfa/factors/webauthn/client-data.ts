/**
 * Whether a ceremony took place in a page of its own, not embedded in one of another origin (WebAuthn L3 §7.1 steps 10 and 11,
 * §7.2 steps 13 and 14). The library lets `crossOrigin` pass.
 *
 * @param clientDataJSON base64url
 */
export function isEmbedded(clientDataJSON: string): boolean {
  const clientData: unknown = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString('utf8'));
  if (typeof clientData !== 'object' || clientData === null) return true;
  const { crossOrigin, topOrigin } = clientData as { crossOrigin?: unknown; topOrigin?: unknown };
  return (crossOrigin !== undefined && crossOrigin !== false) || topOrigin !== undefined;
}
