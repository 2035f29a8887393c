import { type AuthenticationResponseJSON, verifyAuthenticationResponse } from '@simplewebauthn/server';
import type { Ceremony } from './ceremony';
import { isEmbedded } from './client-data';
import type { CheckedAssertion, StoredCredential } from './webauthn-credential';

/**
 * Whether the credential's key answered (WebAuthn L3 §7.2), all but step 22: whether the counter grew is for the statement that
 * moves it on to say.
 *
 * @param credential the one that has to answer; nobody else's, and no other of its account
 * @returns undefined when any check fails
 */
export async function verifyAssertion(
  response: AuthenticationResponseJSON,
  credential: Pick<StoredCredential, 'credentialId' | 'publicKey' | 'backupEligible' | 'userHandle'>,
  { challenge, rpId, origins }: Ceremony,
): Promise<CheckedAssertion | undefined> {
  const { userHandle, clientDataJSON } = response.response;
  try {
    // Steps 5 and 6: this credential, of this account.
    const id = credential.credentialId.toString('base64url');
    if (response.id !== id) return undefined;
    if (userHandle !== undefined && userHandle !== credential.userHandle.toString('base64url')) return undefined;
    if (isEmbedded(clientDataJSON)) return undefined;
    // Steps 10 to 12, 15, 16, 18, 20 and 21: type, challenge, origin, RP id, UP, backup flags, signature.
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge.toString('base64url'),
      expectedOrigin: [...origins],
      expectedRPID: rpId,
      // The library would speak of the counter before it knows the signature.
      credential: { id, publicKey: new Uint8Array(credential.publicKey), counter: 0 },
      requireUserVerification: false,
    });
    const { newCounter, userVerified, credentialDeviceType, credentialBackedUp } = authenticationInfo;
    // Step 19: what may be copied elsewhere is settled when the credential is made.
    if (!verified || (credentialDeviceType === 'multiDevice') !== credential.backupEligible) return undefined;
    return { signCount: newCounter, userVerified, backedUp: credentialBackedUp };
  } catch {
    return undefined; // The library says so of everything that is not right.
  }
}
