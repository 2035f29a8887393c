import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** Where the service of the tests is, as a browser says it. */
const ORIGIN = 'http://localhost:3000';

/** What a ceremony says instead of what would be right. */
export interface Ceremony {
  readonly type?: string;
  readonly challenge?: string;
  readonly origin?: string;
  readonly crossOrigin?: unknown;
  readonly topOrigin?: string;
  readonly rpId?: string;
  readonly present?: boolean;
  readonly verified?: boolean;
  readonly backupEligible?: boolean;
  readonly backedUp?: boolean;
  readonly counter?: number;
  /** Left out when null. */
  readonly userHandle?: string | null;
  /** COSE, as the key says it. */
  readonly algorithm?: number;
  readonly format?: string;
  readonly statement?: Cbor;
}

/** Options of a ceremony, as far as an authenticator reads them. */
export interface CeremonyOptions {
  readonly challenge: string;
  readonly rpId?: string;
  readonly rp?: { readonly id: string };
  readonly user?: { readonly id: string };
}

export interface PasskeyTraits {
  readonly credentialId?: Buffer;
  /** Synced: it may leave the device. */
  readonly synced?: boolean;
  /** Counts its signatures; the others say 0 forever. */
  readonly counts?: boolean;
  /** Has a PIN or a fingerprint, and asks for it. */
  readonly verifies?: boolean;
}

/** A passkey in software, written from the standard and not from our code: an ES256 key and all that it says. */
export class Passkey {
  counter: number;
  userHandle = '';
  private readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  private readonly credentialId: Buffer;

  constructor(private readonly traits: PasskeyTraits = {}) {
    this.credentialId = traits.credentialId ?? randomBytes(32);
    this.counter = traits.counts === true ? 1 : 0;
  }

  get id(): string {
    return this.credentialId.toString('base64url');
  }

  /** The same key on another device, with the counter it has now. */
  copy(): Passkey {
    return Object.assign(Object.create(Passkey.prototype) as Passkey, this);
  }

  /** `navigator.credentials.create()`, as JSON. */
  create(options: CeremonyOptions, change: Ceremony = {}) {
    this.userHandle = options.user?.id ?? '';
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.credentialId.length);
    const attested = Buffer.concat([Buffer.alloc(16), length, this.credentialId, encode(this.coseKey(change))]);
    const authData = this.authenticatorData(options.rp?.id ?? '', change, attested);
    const attestationObject = encode(
      new Map<string, Cbor>([
        ['fmt', change.format ?? 'none'],
        ['attStmt', change.statement ?? new Map()],
        ['authData', authData],
      ]),
    );
    return this.credential({
      clientDataJSON: clientData('webauthn.create', options, change).toString('base64url'),
      attestationObject: attestationObject.toString('base64url'),
      transports: ['internal', 'hybrid'],
    });
  }

  /** `navigator.credentials.get()`, as JSON. */
  get(options: CeremonyOptions, change: Ceremony = {}) {
    if (this.traits.counts === true) this.counter++;
    const client = clientData('webauthn.get', options, change);
    const data = this.authenticatorData(options.rpId ?? '', change);
    const signature = sign('sha256', Buffer.concat([data, sha256(client)]), this.keys.privateKey);
    const userHandle = change.userHandle === undefined ? this.userHandle : change.userHandle;
    return this.credential({
      clientDataJSON: client.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: signature.toString('base64url'),
      ...(userHandle !== null && { userHandle }),
    });
  }

  /** A self attestation of what `create` with the same options would make. */
  selfAttested(options: CeremonyOptions, { algorithm = -7, broken = false } = {}) {
    const made = this.create(options, { format: 'packed' });
    const client = Buffer.from(made.response.clientDataJSON, 'base64url');
    const object = Buffer.from(made.response.attestationObject, 'base64url');
    const authData = object.subarray(object.indexOf('authData') + 'authData'.length + 2);
    const signed = Buffer.concat([authData, sha256(client)]);
    const signature = sign('sha256', broken ? Buffer.concat([signed, signed]) : signed, this.keys.privateKey);
    const statement = new Map<string, Cbor>([
      ['alg', algorithm],
      ['sig', signature],
    ]);
    return this.create(options, { format: 'packed', statement });
  }

  private credential<T extends object>(response: T) {
    const { id } = this;
    return {
      id,
      rawId: id,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response,
    };
  }

  private authenticatorData(rpId: string, change: Ceremony, attested = Buffer.alloc(0)): Buffer {
    const synced = this.traits.synced === true;
    const flags = [
      [change.present ?? true, 0],
      [change.verified ?? this.traits.verifies !== false, 2],
      [change.backupEligible ?? synced, 3],
      [change.backedUp ?? synced, 4],
      [attested.length > 0, 6],
    ] as const;
    const fixed = Buffer.alloc(5);
    fixed.writeUInt8(flags.reduce((all, [isSet, bit]) => all | (isSet ? 1 << bit : 0), 0));
    fixed.writeUInt32BE(change.counter ?? this.counter, 1);
    return Buffer.concat([sha256(Buffer.from(change.rpId ?? rpId)), fixed, attested]);
  }

  private coseKey({ algorithm = -7 }: Ceremony): Map<number, Cbor> {
    const { x, y } = this.keys.publicKey.export({ format: 'jwk' });
    return new Map<number, Cbor>([
      [1, 2],
      [3, algorithm],
      [-1, 1],
      [-2, Buffer.from(x!, 'base64url')],
      [-3, Buffer.from(y!, 'base64url')],
    ]);
  }
}

function clientData(type: string, { challenge }: CeremonyOptions, change: Ceremony): Buffer {
  const said = {
    type: change.type ?? type,
    challenge: change.challenge ?? challenge,
    origin: change.origin ?? ORIGIN,
    crossOrigin: 'crossOrigin' in change ? change.crossOrigin : false,
    ...(change.topOrigin !== undefined && { topOrigin: change.topOrigin }),
  };
  return Buffer.from(JSON.stringify(said));
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

export type Cbor = number | string | Buffer | readonly Cbor[] | ReadonlyMap<number | string, Cbor>;

/** CBOR (RFC 8949), as much of it as authenticators speak. */
export function encode(value: Cbor): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<number | string, Cbor>)].flatMap(([key, item]) => [
      encode(key),
      encode(item),
    ]);
    return Buffer.concat([head(5, value.size), ...entries]);
  }
  const items = value as readonly Cbor[];
  return Buffer.concat([head(4, items.length), ...items.map(encode)]);
}

function head(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.of((major << 5) | argument);
  if (argument < 0x100) return Buffer.of((major << 5) | 24, argument);
  return Buffer.of((major << 5) | 25, argument >> 8, argument & 0xff);
}

/** What a browser or an authenticator would never say of an honest ceremony here. */
export const DISHONEST: readonly [string, Ceremony][] = [
  ['made for another host', { origin: 'http://evil.test' }],
  ['made for another port', { origin: 'http://localhost:3001' }],
  ['made for another scheme', { origin: 'https://localhost:3000' }],
  ['made for a sub-domain', { origin: 'http://app.localhost:3000' }],
  ['made at an origin with a slash', { origin: `${ORIGIN}/` }],
  ['made in a frame of another origin', { crossOrigin: true }],
  ['made in a frame, and says it strangely', { crossOrigin: 'true' }],
  ['made below another page', { crossOrigin: true, topOrigin: ORIGIN }],
  ['made below a page that is not another', { topOrigin: ORIGIN }],
  ['for another relying party', { rpId: 'evil.test' }],
  ['for the relying party above', { rpId: 'host' }],
  ['with nobody present', { present: false }],
  ['backed up, though it may not be', { backupEligible: false, backedUp: true }],
  ['for a challenge of its own', { challenge: randomBytes(32).toString('base64url') }],
  ['for no challenge', { challenge: '' }],
  ['of another type', { type: 'payment.get' }],
];
