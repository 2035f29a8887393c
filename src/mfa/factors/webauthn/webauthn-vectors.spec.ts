import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyAssertion } from './verify-assertion';
import { type Registration, verifyRegistration } from './verify-registration';
import { readAssertion, readRegistration } from './webauthn-response';

interface Vector {
  readonly id: string;
  readonly registration: Record<'credentialId' | 'challenge' | 'clientDataJSON' | 'attestationObject', string>;
  readonly authentication: Record<'challenge' | 'clientDataJSON' | 'authenticatorData' | 'signature', string>;
}

const { rpId, origin, vectors } = JSON.parse(readFileSync(join(__dirname, 'webauthn-vectors.json'), 'utf8')) as {
  rpId: string;
  origin: string;
  vectors: Vector[];
};

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const base64url = (hex: string) => bytes(hex).toString('base64url');
const ceremony = (challenge: string) => ({ challenge: bytes(challenge), rpId, origins: [origin] });

function register({ registration }: Vector, challenge = registration.challenge): Promise<Registration | undefined> {
  const { credentialId, clientDataJSON, attestationObject } = registration;
  const id = base64url(credentialId);
  const response = { clientDataJSON: base64url(clientDataJSON), attestationObject: base64url(attestationObject) };
  return verifyRegistration(readRegistration({ id, rawId: id, type: 'public-key', response })!, ceremony(challenge));
}

function authenticate(
  { registration, authentication }: Vector,
  credential: Pick<Registration, 'credentialId' | 'publicKey' | 'backupEligible'>,
  change: Partial<Vector['authentication']> = {},
) {
  const { challenge, ...response } = { ...authentication, ...change };
  const id = base64url(registration.credentialId);
  const encoded = Object.fromEntries(Object.entries(response).map(([name, hex]) => [name, base64url(hex)]));
  const shown = readAssertion({ id, rawId: id, type: 'public-key', response: encoded })!;
  return verifyAssertion(shown, { ...credential, userHandle: Buffer.alloc(64) }, ceremony(challenge));
}

/** The last bit of it is another. */
const flipped = (hex: string) => {
  const changed = bytes(hex);
  changed[changed.length - 1]! ^= 1;
  return changed.toString('hex');
};

describe('the test vectors of WebAuthn Level 3, section 16', () => {
  const vectorOf = (id: string) => vectors.find((vector) => vector.id === id)!;

  it('are all fifteen', () => {
    expect(vectors).toHaveLength(15);
  });

  it.each([
    'none-es256',
    'packed-self-es256',
    'none-es256-long-credential-id',
    'packed-es256',
    'packed-rs256',
    'packed-eddsa',
  ])('%s: registers, and its key answers', async (id) => {
    const vector = vectorOf(id);
    const credential = await register(vector);
    expect(credential?.credentialId.toString('hex')).toBe(vector.registration.credentialId);
    expect(await authenticate(vector, credential!)).toMatchObject({ signCount: 0 });

    // And nothing but that.
    const { signature, authenticatorData, challenge } = vector.authentication;
    expect(await register(vector, flipped(vector.registration.challenge))).toBeUndefined();
    expect(await authenticate(vector, credential!, { signature: flipped(signature) })).toBeUndefined();
    expect(await authenticate(vector, credential!, { authenticatorData: flipped(authenticatorData) })).toBeUndefined();
    expect(await authenticate(vector, credential!, { challenge: flipped(challenge) })).toBeUndefined();
    const { clientDataJSON } = vector.registration;
    expect(await authenticate(vector, credential!, { clientDataJSON })).toBeUndefined();
  });

  it.each(['none-es256-crossOrigin', 'none-es256-topOrigin'])('%s: is embedded elsewhere, and refused', async (id) => {
    const vector = vectorOf(id);
    expect(await register(vector)).toBeUndefined();
    const { registration } = vectorOf('none-es256');
    expect(await register({ ...vector, registration })).toBeDefined(); // Nothing else is wrong with how we ask.
  });

  it.each(['packed-es384', 'packed-es512', 'packed-ed448'])('%s: an algorithm that nobody offered', async (id) => {
    expect(await register(vectorOf(id))).toBeUndefined();
  });

  it.each(['tpm-es256', 'android-key-es256', 'apple-es256', 'fido-u2f-es256'])(
    '%s: a statement that nobody asked for',
    async (id) => {
      const fetched = jest.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('There is no network here'));
      expect(await register(vectorOf(id))).toBeUndefined();
      expect(fetched).not.toHaveBeenCalled();
    },
  );

  it.each(['packed-self-es256', 'packed-es256'])(
    '%s: refused with a statement that is broken, or of another name',
    async (id) => {
      const vector = vectorOf(id);
      const { attestationObject } = vector.registration;
      const withObject = (changed: string) =>
        register({ ...vector, registration: { ...vector.registration, attestationObject: changed } });
      expect(await withObject(attestationObject)).toBeDefined();
      const [named, renamed] = ['packed', 'Packed'].map((name) => Buffer.from(name).toString('hex'));
      expect(await withObject(attestationObject.replace(named!, renamed!))).toBeUndefined();
      // CBOR: the text `sig`, then a byte string with its length in one byte.
      const at = attestationObject.indexOf('6373696758') + 12;
      const end = at + 2 * Number.parseInt(attestationObject.slice(at - 2, at), 16);
      expect(at).toBeGreaterThan(12);
      const parts = [
        attestationObject.slice(0, at),
        flipped(attestationObject.slice(at, end)),
        attestationObject.slice(end),
      ];
      expect(await withObject(parts.join(''))).toBeUndefined();
    },
  );

  it.each(['none-es256-crossOrigin', 'none-es256-topOrigin'])('%s: its answer is refused likewise', async (id) => {
    const vector = vectorOf(id);
    // Registered as it would have been on a page of its own.
    const { attestationObject } = vector.registration;
    const { clientDataJSON } = vectorOf('none-es256').registration;
    const { challenge } = vectorOf('none-es256').registration;
    const credential = await register({
      ...vector,
      registration: { ...vector.registration, attestationObject, clientDataJSON, challenge },
    });
    expect(credential).toBeDefined();
    expect(await authenticate(vector, credential!)).toBeUndefined();
  });
});
