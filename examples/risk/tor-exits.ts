/** The addresses by which people leave the Tor network, however one keeps the list. */
export abstract class TorExits {
  /** Asked at every refresh: out of memory. */
  abstract has(ip: string): boolean;
}
