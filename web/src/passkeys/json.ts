import { fromBase64url, toBase64url } from './base64url';

/* WebAuthn Level 3 §5.1: the JSON forms, for browsers that do not bring them. */

type CreationJson = PublicKeyCredentialCreationOptionsJSON;
type RequestJson = PublicKeyCredentialRequestOptionsJSON;

export function creationOptions(json: CreationJson): PublicKeyCredentialCreationOptions {
  return {
    ...(json as unknown as PublicKeyCredentialCreationOptions),
    challenge: fromBase64url(json.challenge),
    user: { ...json.user, id: fromBase64url(json.user.id) },
    excludeCredentials: descriptors(json.excludeCredentials),
  };
}

export function requestOptions(json: RequestJson): PublicKeyCredentialRequestOptions {
  return {
    ...(json as unknown as PublicKeyCredentialRequestOptions),
    challenge: fromBase64url(json.challenge),
    allowCredentials: descriptors(json.allowCredentials),
  };
}

function descriptors(list: RequestJson['allowCredentials']): PublicKeyCredentialDescriptor[] {
  return (list ?? []).map((each) => ({
    ...(each as unknown as PublicKeyCredentialDescriptor),
    id: fromBase64url(each.id),
  }));
}

export function credentialJson({ id, rawId, type, response, ...credential }: CredentialParts): object {
  return {
    id,
    rawId: toBase64url(rawId),
    type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.clientExtensionResults,
    response: {
      clientDataJSON: toBase64url(response.clientDataJSON),
      ...(response.attestationObject && { attestationObject: toBase64url(response.attestationObject) }),
      ...(response.transports && { transports: response.transports }),
      ...(response.authenticatorData && { authenticatorData: toBase64url(response.authenticatorData) }),
      ...(response.signature && { signature: toBase64url(response.signature) }),
      ...(response.userHandle && { userHandle: toBase64url(response.userHandle) }),
    },
  };
}

/** What a browser gives for a credential, of either kind. */
export interface CredentialParts {
  readonly id: string;
  readonly rawId: ArrayBuffer;
  readonly type: string;
  readonly authenticatorAttachment?: string | null;
  readonly clientExtensionResults: object;
  readonly response: {
    readonly clientDataJSON: ArrayBuffer;
    readonly attestationObject?: ArrayBuffer;
    readonly transports?: readonly string[];
    readonly authenticatorData?: ArrayBuffer;
    readonly signature?: ArrayBuffer;
    readonly userHandle?: ArrayBuffer | null;
  };
}
