import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { EncryptionKeyring } from './encryption-keyring';
import { Injectable } from '@nestjs/common';

declare const kind: unique symbol;

/** A sealed secret of the named kind, as it lies in the database. A type of its own, so that nobody logs or returns it. */
export type Sealed<Kind extends string> = string & { readonly [kind]: Kind };

/** Where a secret lies. A ciphertext that was moved elsewhere does not open. */
export interface SecretPlace {
  readonly table: string;
  readonly column: string;
  readonly rowId: string;
}

/** A sealed secret does not open: unknown key, another place, or changed bytes. */
export class SecretBoxError extends Error {
  override readonly name = 'SecretBoxError';
}

/** The key id of what looks sealed. Of anything else nothing is repeated: it may be a secret. */
const SEALED_FORM = /^([A-Za-z0-9_-]{1,32})\.[A-Za-z0-9_-]{38,}$/;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals secrets at rest: AES-256-GCM (NIST SP 800-38D), key id in front, bound to table, column and row. */
@Injectable()
export class SecretBox {
  constructor(private readonly keyring: EncryptionKeyring) {}

  /** @returns `<key id>.<base64url of nonce, ciphertext and tag>` */
  seal<Kind extends string>(secret: Buffer, place: SecretPlace): Sealed<Kind> {
    const key = this.keyring.newest;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(additionalData(key.id, place));
    const sealed = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
    return `${key.id}.${sealed.toString('base64url')}` as Sealed<Kind>;
  }

  /** @throws SecretBoxError when it does not open */
  open<Kind extends string>(sealed: Sealed<Kind>, place: SecretPlace): Buffer {
    const dot = sealed.indexOf('.');
    const key = this.keyring.find(sealed.slice(0, dot));
    if (dot < 0 || key === undefined) {
      const id = SEALED_FORM.exec(sealed)?.[1];
      throw new SecretBoxError(
        `${place.table}.${place.column} was sealed with ${id === undefined ? 'a key' : `the key "${id}"`} that ENCRYPTION_KEYS does not have`,
      );
    }
    const bytes = Buffer.from(sealed.slice(dot + 1), 'base64url');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new SecretBoxError(`${place.table}.${place.column} is cut off`);
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(additionalData(key.id, place)).setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch (cause) {
      throw new SecretBoxError(
        `${place.table}.${place.column} does not open: another key, another row, or changed bytes`,
        {
          cause,
        },
      );
    }
  }
}

function additionalData(keyId: string, { table, column, rowId }: SecretPlace): Buffer {
  return Buffer.from([keyId, table, column, rowId].join('\0'), 'utf8');
}
