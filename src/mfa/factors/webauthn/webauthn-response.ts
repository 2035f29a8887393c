import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';

/** Longest fields that are looked at, in characters: many times what authenticators give. */
const LONGEST = 49_152;
const MOST_TRANSPORTS = 8;

/** A response to `navigator.credentials.create()`; undefined when its form is not that of one. Takes what is checked, and nothing else. */
export function readRegistration(credential: unknown): RegistrationResponseJSON | undefined {
  const parts = readCredential(credential);
  if (parts === undefined) return undefined;
  const { clientDataJSON, attestationObject, transports } = parts.response;
  if (!isBase64Url(clientDataJSON) || !isBase64Url(attestationObject)) return undefined;
  return {
    ...parts.common,
    response: { clientDataJSON, attestationObject, transports: readTransports(transports) },
  };
}

/** The same for `navigator.credentials.get()`. */
export function readAssertion(credential: unknown): AuthenticationResponseJSON | undefined {
  const parts = readCredential(credential);
  if (parts === undefined) return undefined;
  const { clientDataJSON, authenticatorData, signature, userHandle } = parts.response;
  if (!isBase64Url(clientDataJSON) || !isBase64Url(authenticatorData) || !isBase64Url(signature)) return undefined;
  // Security keys that keep no account give none, and clients write that in more than one way.
  const hasHandle = userHandle !== undefined && userHandle !== null && userHandle !== '';
  if (hasHandle && !isBase64Url(userHandle)) return undefined;
  return {
    ...parts.common,
    response: { clientDataJSON, authenticatorData, signature, ...(hasHandle && { userHandle: userHandle }) },
  };
}

function readCredential(credential: unknown) {
  if (!isRecord(credential)) return undefined;
  const { id, rawId, type, response } = credential;
  if (!isBase64Url(id) || id !== rawId || type !== 'public-key' || !isRecord(response)) return undefined;
  return { common: { id, rawId: id, type, clientExtensionResults: {} } as const, response };
}

/** Hints only: what is no hint is left out. */
function readTransports(transports: unknown): AuthenticatorTransport[] {
  if (!Array.isArray(transports)) return [];
  const known = transports.filter((each) => typeof each === 'string' && /^[a-z-]{1,32}$/.test(each));
  return [...new Set(known as AuthenticatorTransport[])].slice(0, MOST_TRANSPORTS);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Base64url without padding, and in the one spelling that its bytes have. */
function isBase64Url(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > LONGEST || !/^[\w-]+$/.test(value)) return false;
  return Buffer.from(value, 'base64url').toString('base64url') === value;
}
