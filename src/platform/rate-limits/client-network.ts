import { isIPv4, isIPv6 } from 'node:net';

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * What counts as one client: an IPv4 address, or the /64 network of an IPv6 address, since whoever has one address of it has
 * them all.
 */
export function clientNetwork(ip: string): string {
  const address = plainAddress(ip);
  return isIPv6(address) ? ipv6Network(address, 64) : address;
}

/**
 * Where a client is: the /24 network of an IPv4 address, the /48 of an IPv6 address. A provider changes the rest of it for one
 * household or office as it likes.
 */
export function siteNetwork(ip: string): string {
  const address = plainAddress(ip);
  if (isIPv6(address)) return ipv6Network(address, 48);
  return isIPv4(address) ? `${address.slice(0, address.lastIndexOf('.'))}.0/24` : address;
}

/** Without a zone; an IPv4 address within an IPv6 one as what it is. */
export function plainAddress(ip: string): string {
  return MAPPED_IPV4.exec(ip)?.[1] ?? ip.replace(/%.*$/s, '');
}

function ipv6Network(address: string, bits: 48 | 64): string {
  return `${groupsOf(address)
    .slice(0, bits / 16)
    .join(':')}::/${bits}`;
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  // The URL parser writes every address in the one form of RFC 5952, the embedded IPv4 ones as well.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const left = head === '' ? [] : head.split(':');
  if (tail === undefined) return left;
  const right = tail === '' ? [] : tail.split(':');
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
}
