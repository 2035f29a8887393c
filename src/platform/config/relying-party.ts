import { isIP } from 'node:net';

/** A domain in lower case (WebAuthn L3 §5.1.3 step 8). */
const DOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/**
 * Why browsers would refuse the passkeys of this relying party at these origins; empty where they would not. That `co.uk` is
 * nobody's own they know better than we do.
 */
export function relyingPartyProblems(rpId: string, origins: readonly string[]): string[] {
  const isDomain = DOMAIN.test(rpId) && isIP(rpId) === 0 && (rpId.includes('.') || isLocal(rpId));
  const problems = isDomain
    ? []
    : ['WEBAUTHN_RP_ID: it must be a domain in lower case, such as example.com, or localhost.'];
  const urls = origins.filter((origin) => URL.canParse(origin)).map((origin) => new URL(origin));
  if (urls.map(({ origin }) => origin).join() !== origins.join()) {
    problems.push('WEBAUTHN_ORIGINS: each must be as browsers say it: in lower case, without a default port.');
  }
  if (urls.some(({ protocol, hostname }) => protocol !== 'https:' && !isLocal(hostname))) {
    problems.push(
      'WEBAUTHN_ORIGINS: each must be https://, except those at localhost. Without it, that of ISSUER is taken.',
    );
  }
  if (isDomain && urls.some(({ hostname }) => hostname !== rpId && !hostname.endsWith(`.${rpId}`))) {
    problems.push('WEBAUTHN_RP_ID: it must be the host of each of WEBAUTHN_ORIGINS, or a domain above it.');
  }
  return problems;
}

function isLocal(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost');
}
