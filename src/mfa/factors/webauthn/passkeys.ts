import { Injectable } from '@nestjs/common';
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../../../platform/clock/clock';
import type { ClientInfo } from '../../../platform/http/client-info';
import type { VerifiedMethod } from '../../../tokens/sessions/session';
import { FactorAttempts } from '../factor-attempts';
import { FactorRegistry } from '../factor-registry';
import { FactorStore } from '../factor.store';
import { verifyAssertion } from './verify-assertion';
import type { CheckedAssertion, StoredCredential } from './webauthn-credential';
import { WebauthnCredentialStore } from './webauthn-credential.store';
import { readAssertion } from './webauthn-response';
import { WEBAUTHN, WebauthnFactor } from './webauthn.factor';

/** A passkey that answered a challenge which was nobody's in particular. */
export interface RecognizedPasskey {
  readonly credential: StoredCredential;
  readonly assertion: CheckedAssertion;
}

export type Recognition =
  | { readonly passkey: RecognizedPasskey }
  | {
      /** Whose passkey was shown, where it is known. */
      readonly userId?: string;
      readonly cause: 'malformed' | 'unknown_credential' | 'assertion';
    };

/** Passkeys that say by themselves whose they are. */
@Injectable()
export class Passkeys {
  constructor(
    private readonly dataSource: DataSource,
    private readonly credentials: WebauthnCredentialStore,
    private readonly factors: FactorStore,
    private readonly attempts: FactorAttempts,
    private readonly registry: FactorRegistry,
    private readonly factor: WebauthnFactor,
    private readonly clock: Clock,
  ) {}

  /** Whether they are in use here. */
  get areOffered(): boolean {
    return this.registry.find(WEBAUTHN) !== undefined;
  }

  /** What `navigator.credentials.get()` needs to ask for any passkey of this service. */
  requestOptions(challenge: Buffer): Promise<PublicKeyCredentialRequestOptionsJSON> {
    return this.factor.requestOptions(challenge, 'required', []);
  }

  /** Whose passkey answered. Reads only. @param shown as a client sent it */
  async recognize(shown: unknown, challenge: Buffer): Promise<Recognition> {
    const response = readAssertion(shown);
    if (response === undefined) return { cause: 'malformed' };
    const id = Buffer.from(response.id, 'base64url');
    const credential = await this.credentials.findById(this.dataSource.manager, id);
    if (credential === undefined) return { cause: 'unknown_credential' };
    const { userId } = credential;
    const assertion = await verifyAssertion(response, credential, this.factor.ceremony(challenge));
    // WebAuthn L3 §7.2 step 6: nobody was named before, so the handle has to. Step 17: by itself it is two factors or none.
    const isWhole = response.response.userHandle !== undefined && assertion?.userVerified === true;
    if (assertion === undefined || !isWhole || !credential.uvInitialized) return { cause: 'assertion', userId };
    return { passkey: { credential, assertion } };
  }

  /**
   * Counts the passkey as shown, unless it is locked, dropped or was copied.
   *
   * @returns what the session has to show for it, or why it has nothing
   */
  async accept(
    tx: EntityManager,
    { credential, assertion }: RecognizedPasskey,
    { ip }: ClientInfo,
  ): Promise<VerifiedMethod | 'refused'> {
    const { userId, factorId } = credential;
    const factor = await this.factors.findActive(tx, userId, factorId);
    if (factor === undefined || !this.areOffered) return 'refused';
    const attempt = await this.attempts.attempt(tx, { factor, plugin: this.factor, ip }, () =>
      this.factor.accept(tx, credential, assertion),
    );
    if (attempt.verdict !== 'right') return 'refused';
    const { type, acr, amr } = this.factor;
    return { type, factorId, acr, amr: attempt.amr ?? amr, at: this.clock.nowInSeconds() };
  }
}
