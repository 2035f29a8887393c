import { creationOptions, credentialJson, requestOptions } from './json';

const bytes = (...values: number[]): ArrayBuffer => Uint8Array.from(values).buffer;
const text = (source: unknown) => Buffer.from(source as ArrayBuffer).toString('hex');

describe('JSON forms of WebAuthn', () => {
  it('become options to create a passkey', () => {
    const options = creationOptions({
      challenge: 'AQID',
      rp: { name: 'Countersign' },
      user: { id: '_w', name: 'ada', displayName: 'Ada' },
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      excludeCredentials: [{ type: 'public-key', id: 'BAU', transports: ['internal'] }],
    });
    expect(text(options.challenge)).toBe('010203');
    expect(text(options.user.id)).toBe('ff');
    expect(options.user.name).toBe('ada');
    expect(options.excludeCredentials?.map(({ id, ...rest }) => [text(id), rest])).toEqual([
      ['0405', { type: 'public-key', transports: ['internal'] }],
    ]);
  });

  it('become options to use one, also where no passkey is named', () => {
    const options = requestOptions({ challenge: 'AQID', userVerification: 'required' });
    expect(text(options.challenge)).toBe('010203');
    expect(options).toMatchObject({ userVerification: 'required', allowCredentials: [] });
  });

  it('are made of a credential, with what it has', () => {
    const common = { id: 'AQ', rawId: bytes(1), type: 'public-key', clientExtensionResults: {} };
    expect(
      credentialJson({
        ...common,
        response: { clientDataJSON: bytes(2), authenticatorData: bytes(3), signature: bytes(4), userHandle: null },
      }),
    ).toEqual({
      ...common,
      rawId: 'AQ',
      authenticatorAttachment: undefined,
      response: { clientDataJSON: 'Ag', authenticatorData: 'Aw', signature: 'BA' },
    });
  });
});
