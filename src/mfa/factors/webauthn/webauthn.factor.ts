import { Injectable } from '@nestjs/common';
import {
  type AuthenticatorTransport,
  generateAuthenticationOptions,
  generateRegistrationOptions,
} from '@simplewebauthn/server';
import { randomBytes } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { MfaSettings } from '../../../platform/config/settings/mfa.settings';
import { ServerSettings } from '../../../platform/config/settings/server.settings';
import { WebauthnSettings } from '../../../platform/config/settings/webauthn.settings';
import { DomainError } from '../../../platform/errors/domain-error';
import type { FactorRecord } from '../factor';
import { malformedResponse } from '../malformed-response';
import {
  type ChallengeOffer,
  type EnrollmentOffer,
  type EnrollmentRequest,
  type FactorResponse,
  type FactorVerdict,
  MfaFactor,
  WRONG,
} from '../mfa-factor';
import { ALGORITHMS, type Ceremony, CHALLENGE_BYTES } from './ceremony';
import { verifyAssertion } from './verify-assertion';
import { verifyRegistration } from './verify-registration';
import { amrOf, type CheckedAssertion, type StoredCredential } from './webauthn-credential';
import { WebauthnCredentialStore } from './webauthn-credential.store';
import { readAssertion, readRegistration } from './webauthn-response';

export const WEBAUTHN = 'webauthn';

/** A passkey or a security key (WebAuthn L3): phishing-resistant, and after a password good enough without PIN or fingerprint. */
@Injectable()
export class WebauthnFactor extends MfaFactor {
  override readonly type = WEBAUTHN;
  override readonly acr = 'phr';
  override readonly amr = ['hwk'];
  override readonly defaultName = 'Passkey';
  /** Nobody guesses a signature: whoever has only the password cannot lock the passkey. */
  override readonly isGuessable = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly credentials: WebauthnCredentialStore,
    private readonly settings: WebauthnSettings,
    private readonly mfa: MfaSettings,
    private readonly server: ServerSettings,
  ) {
    super();
  }

  override async enroll({ userId, username }: EnrollmentRequest): Promise<EnrollmentOffer> {
    const { manager } = this.dataSource;
    const challenge = randomBytes(CHALLENGE_BYTES);
    const known = await this.credentials.listOf(manager, userId);
    const publicKey = await generateRegistrationOptions({
      rpName: this.server.appName,
      rpID: this.settings.rpId,
      userID: Uint8Array.from(await this.credentials.handleOf(manager, userId)),
      userName: username,
      userDisplayName: username,
      challenge: Uint8Array.from(challenge),
      timeout: this.mfa.challengeTtl * 1000,
      attestationType: 'none',
      excludeCredentials: known.map(descriptorOf),
      // Discoverable wherever the authenticator can: such a passkey signs in by itself.
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
      supportedAlgorithmIDs: [...ALGORITHMS],
    });
    return { state: challenge, enrollment: { publicKey } };
  }

  override async activate(
    tx: EntityManager,
    factor: FactorRecord,
    { credential }: FactorResponse,
    state: Buffer | null,
  ): Promise<FactorVerdict> {
    const response = readRegistration(credential);
    if (response === undefined) throw malformed('navigator.credentials.create()');
    if (state === null) {
      throw new DomainError('challenge_expired', {
        detail: 'The enrolment is too old, or its tries are spent. Begin a new one.',
      });
    }
    const registration = await verifyRegistration(response, this.ceremony(state));
    // Step 26: registered to nobody yet.
    if (registration === undefined || !(await this.credentials.add(tx, factor.id, registration))) return WRONG;
    return { verdict: 'right', amr: amrOf(registration, registration.uvInitialized) };
  }

  override async challenge(tx: EntityManager, factor: FactorRecord): Promise<ChallengeOffer> {
    const credential = await this.credentials.findByFactor(tx, factor.id);
    if (credential === undefined) throw new Error('An active passkey has a credential');
    const state = randomBytes(CHALLENGE_BYTES);
    return { state, publicKey: { ...(await this.requestOptions(state, 'preferred', [credential])) } };
  }

  override async verify(
    tx: EntityManager,
    factor: FactorRecord,
    { credential: shown }: FactorResponse,
    state: Buffer | null,
  ): Promise<FactorVerdict> {
    const response = readAssertion(shown);
    if (response === undefined) throw malformed('navigator.credentials.get()');
    const credential = await this.credentials.findByFactor(tx, factor.id);
    if (credential === undefined || state === null) return WRONG;
    const assertion = await verifyAssertion(response, credential, this.ceremony(state));
    if (assertion === undefined) return WRONG;
    const verdict = await this.accept(tx, credential, assertion);
    // The password came before: from now on this passkey may do without (WebAuthn L3 §7.2 step 24).
    if (verdict.verdict === 'right' && assertion.userVerified) {
      await this.credentials.initializeUserVerification(tx, factor.id);
    }
    return verdict;
  }

  /** Takes an assertion that passed every check but that of its counter. */
  async accept(
    tx: EntityManager,
    credential: Pick<StoredCredential, 'factorId' | 'backupEligible'>,
    assertion: CheckedAssertion,
  ): Promise<FactorVerdict> {
    // WebAuthn L3 §6.1.1: a counter that does not grow is that of a copy.
    if (!(await this.credentials.advance(tx, credential.factorId, assertion))) return { verdict: 'compromised' };
    return { verdict: 'right', amr: amrOf(credential, assertion.userVerified) };
  }

  /** `PublicKeyCredentialRequestOptionsJSON`. @param allowed none: any discoverable credential */
  requestOptions(
    challenge: Buffer,
    userVerification: 'required' | 'preferred',
    allowed: readonly StoredCredential[],
  ): ReturnType<typeof generateAuthenticationOptions> {
    return generateAuthenticationOptions({
      rpID: this.settings.rpId,
      challenge: Uint8Array.from(challenge),
      timeout: this.mfa.challengeTtl * 1000,
      userVerification,
      allowCredentials: allowed.map(descriptorOf),
    });
  }

  /** What a response to this challenge has to answer. */
  ceremony(challenge: Buffer): Ceremony {
    const { rpId, origins } = this.settings;
    return { challenge, rpId, origins };
  }
}

function descriptorOf({ credentialId, transports }: Pick<StoredCredential, 'credentialId' | 'transports'>) {
  return {
    id: credentialId.toString('base64url'),
    ...(transports.length > 0 && { transports: [...transports] as AuthenticatorTransport[] }),
  };
}

function malformed(call: string): DomainError {
  return malformedResponse('credential', `credential must be what ${call} gave, as JSON`);
}
