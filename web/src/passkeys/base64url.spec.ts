import { fromBase64url, toBase64url } from './base64url';

describe('base64url', () => {
  // RFC 4648 §10, and the two letters that differ from base64.
  it.each([
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foobar', 'Zm9vYmFy'],
    ['\u00fb\u00ef\u00ff', '--__'],
  ])('of %j is %s', (text, encoded) => {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0)).buffer;
    expect(toBase64url(bytes)).toBe(encoded);
    expect(Buffer.from(fromBase64url(encoded)).toString('latin1')).toBe(text);
  });
});
