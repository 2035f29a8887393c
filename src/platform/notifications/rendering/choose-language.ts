import Negotiator from 'negotiator';

/**
 * The best of the languages that there are, the fallback first among them.
 *
 * @param wanted locales (BCP 47) or what `Accept-Language` says (RFC 9110 §12.5.4), the best first
 */
export function chooseLanguage(wanted: readonly string[], available: readonly [string, ...string[]]): string {
  const header = wanted.join(',').replaceAll('_', '-').slice(0, 512);
  const [best] = new Negotiator({ headers: { 'accept-language': header } }).languages([...available]);
  return best ?? available[0];
}
