import { creationOptions, credentialJson, requestOptions } from './json';

/** The person, or the browser, broke it off: nothing was created or shown. */
export class PasskeyCancelled extends Error {}
/** This device has a passkey for the account already. */
export class PasskeyKnown extends Error {}

export const hasPasskeys = 'PublicKeyCredential' in globalThis && 'credentials' in navigator;

// Not in every browser yet, whatever the types say.
const native: Partial<typeof PublicKeyCredential> = hasPasskeys ? PublicKeyCredential : {};

export async function createPasskey(json: PublicKeyCredentialCreationOptionsJSON): Promise<object> {
  const publicKey = native.parseCreationOptionsFromJSON?.(json) ?? creationOptions(json);
  return asJson(await orCancelled(navigator.credentials.create({ publicKey })));
}

export async function usePasskey(
  json: PublicKeyCredentialRequestOptionsJSON,
  options: Pick<CredentialRequestOptions, 'mediation' | 'signal'> = {},
): Promise<object> {
  const publicKey = native.parseRequestOptionsFromJSON?.(json) ?? requestOptions(json);
  return asJson(await orCancelled(navigator.credentials.get({ publicKey, ...options })));
}

/** Whether the browser offers passkeys among the names it fills in. */
export async function fillsInPasskeys(): Promise<boolean> {
  return (await native.isConditionalMediationAvailable?.()) ?? false;
}

async function orCancelled(asked: Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    const credential = await asked;
    if (credential !== null) return credential as PublicKeyCredential;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'InvalidStateError') throw new PasskeyKnown();
    if (!(error instanceof DOMException) || !['NotAllowedError', 'AbortError'].includes(error.name)) throw error;
  }
  throw new PasskeyCancelled();
}

function asJson(credential: PublicKeyCredential): object {
  const { toJSON } = credential as { toJSON?: () => object };
  if (toJSON !== undefined) return toJSON.call(credential);
  const response = credential.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  const { clientDataJSON, attestationObject, authenticatorData, signature, userHandle } = response as Partial<
    typeof response
  > & { clientDataJSON: ArrayBuffer };
  const transports = (response as Partial<AuthenticatorAttestationResponse>).getTransports?.();
  return credentialJson({
    id: credential.id,
    rawId: credential.rawId,
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      clientDataJSON,
      ...(attestationObject && { attestationObject }),
      ...(transports && { transports }),
      ...(authenticatorData && { authenticatorData }),
      ...(signature && { signature }),
      ...(userHandle && { userHandle }),
    },
  });
}
