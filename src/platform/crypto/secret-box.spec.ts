import { randomBytes } from 'node:crypto';
import type { DatabaseSettings } from '../config/settings/database.settings';
import { EncryptionKeyring } from './encryption-keyring';
import { type Sealed, SecretBox, SecretBoxError, type SecretPlace } from './secret-box';

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const boxWith = (...keys: string[]) =>
  new SecretBox(new EncryptionKeyring({ encryptionKeys: keys.join(',') }, {} as DatabaseSettings));

const place: SecretPlace = { table: 'mfa_factors', column: 'sealed_secret', rowId: 'row-1' };
const secret = Buffer.from('a secret of the factor');

describe(SecretBox.name, () => {
  const one = key('one');
  const box = boxWith(one);
  const sealed = box.seal<'Test'>(secret, place);

  it('opens what it sealed', () => {
    expect(box.open(sealed, place)).toEqual(secret);
    expect(box.open(box.seal(Buffer.alloc(0), place), place)).toEqual(Buffer.alloc(0));
  });

  it('seals the same secret differently each time, and shows nothing of it', () => {
    expect(box.seal(secret, place)).not.toBe(sealed);
    const bytes = Buffer.from(sealed.split('.')[1]!, 'base64url');
    expect(bytes.includes(secret)).toBe(false);
    expect(bytes).toHaveLength(12 + secret.length + 16);
  });

  it.each([
    ['row', { ...place, rowId: 'row-2' }],
    ['column', { ...place, column: 'other' }],
    ['table', { ...place, table: 'other' }],
    [
      'place that reads the same when written in one',
      { table: 'mfa_factors', column: 'sealed_secret.row', rowId: '1' },
    ],
  ])('does not open in another %s', (_, other) => {
    expect(() => box.open(sealed, other)).toThrow(SecretBoxError);
  });

  it('does not open once any single bit is changed', () => {
    const [id, text] = sealed.split('.') as [string, string];
    const bytes = Buffer.from(text, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => box.open(`${id}.${changed.toString('base64url')}` as Sealed<'Test'>, place)).toThrow(SecretBoxError);
    }
  });

  it('does not open when it is cut off or not sealed at all', () => {
    for (const text of ['', 'one', 'one.', 'one.AAAA', sealed.slice(0, -2), sealed.slice(4), 'a plain secret']) {
      expect(() => box.open(text as Sealed<'Test'>, place)).toThrow(SecretBoxError);
    }
  });

  it('does not open with another key, whatever it is called', () => {
    expect(() => boxWith(key('one')).open(sealed, place)).toThrow(SecretBoxError);
    expect(() => boxWith(key('two')).open(sealed, place)).toThrow(/ENCRYPTION_KEYS/);
    expect(() =>
      boxWith(`two:${one.slice('one:'.length)}`, one).open(`two.${sealed.slice(4)}` as typeof sealed, place),
    ).toThrow(SecretBoxError);
  });

  it('seals with the newest key and still opens what older ones sealed', () => {
    const rotated = boxWith(key('new'), one);
    expect(rotated.open(sealed, place)).toEqual(secret);
    expect(rotated.seal(secret, place)).toMatch(/^new\./);
  });

  it('says what is wrong without a word of the secret or the key', () => {
    const bytes = Buffer.from(sealed.slice(4), 'base64url');
    bytes[20]! ^= 1;
    let message = '';
    try {
      box.open(`one.${bytes.toString('base64url')}` as typeof sealed, place);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toBe('mfa_factors.sealed_secret does not open: another key, another row, or changed bytes');
  });
});
