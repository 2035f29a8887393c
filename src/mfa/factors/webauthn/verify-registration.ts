import { type RegistrationResponseJSON, verifyRegistrationResponse } from '@simplewebauthn/server';
import {
  type AttestationObject,
  cose,
  decodeAttestationObject,
  decodeCredentialPublicKey,
} from '@simplewebauthn/server/helpers';
import { isEmbedded } from './client-data';
import { ALGORITHMS, type Ceremony } from './ceremony';
import type { WebauthnCredential } from './webauthn-credential';

/** WebAuthn L3 §7.1 step 25. */
const LONGEST_CREDENTIAL_ID = 1023;

/**
 * Statements that are looked at: the one that is asked for, and what authenticators make of themselves although nobody asked.
 * For some of the others the library follows addresses that certificates in the statement name: whoever enrolls could have the
 * service call anybody.
 */
const STATEMENTS = new Set<unknown>(['none', 'packed']);

export interface Registration extends WebauthnCredential {
  /** Whether its user was verified in this ceremony. */
  readonly uvInitialized: boolean;
}

/**
 * The credential that a registration made (WebAuthn L3 §7.1), its attestation statement checked and its maker trusted
 * whoever it is.
 *
 * @returns undefined when any check fails
 */
export async function verifyRegistration(
  response: RegistrationResponseJSON,
  { challenge, rpId, origins }: Ceremony,
): Promise<Registration | undefined> {
  try {
    if (isEmbedded(response.response.clientDataJSON)) return undefined;
    // Step 23: by its name, letter for letter.
    const attestation = decodeAttestationObject(Uint8Array.from(bytesOf(response.response.attestationObject)));
    if (!STATEMENTS.has(attestation.get('fmt'))) return undefined;
    // Steps 7 to 9 and 14 to 24: type, challenge, origin, RP id, UP, backup flags, algorithm, statement.
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge.toString('base64url'),
      expectedOrigin: [...origins],
      expectedRPID: rpId,
      requireUserVerification: false,
      supportedAlgorithmIDs: [...ALGORITHMS],
    });
    if (!verified) return undefined;
    const { credential, aaguid, userVerified, credentialDeviceType, credentialBackedUp } = registrationInfo;
    if (!hasOwnAlgorithm(attestation, credential.publicKey)) return undefined;
    const credentialId = bytesOf(credential.id);
    if (credential.id !== response.id || credentialId.length === 0 || credentialId.length > LONGEST_CREDENTIAL_ID) {
      return undefined;
    }
    return {
      credentialId,
      publicKey: Buffer.from(credential.publicKey),
      signCount: credential.counter,
      uvInitialized: userVerified,
      backupEligible: credentialDeviceType === 'multiDevice',
      backedUp: credentialBackedUp,
      transports: credential.transports ?? [],
      aaguid,
    };
  } catch {
    return undefined; // The library says so of everything that is not right.
  }
}

/** WebAuthn L3 §8.2: a self attestation is made by the credential's own key, and says so. */
function hasOwnAlgorithm(attestation: AttestationObject, publicKey: Uint8Array<ArrayBuffer>): boolean {
  const statement = attestation.get('attStmt');
  if (attestation.get('fmt') !== 'packed' || statement.get('x5c') !== undefined) return true;
  return statement.get('alg') === decodeCredentialPublicKey(publicKey).get(cose.COSEKEYS.alg);
}

function bytesOf(base64url: string): Buffer {
  return Buffer.from(base64url, 'base64url');
}
