import { Injectable } from '@nestjs/common';
import * as QRCode from 'qrcode';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../../platform/clock/clock';
import { ServerSettings } from '../../../platform/config/settings/server.settings';
import type { FactorRecord } from '../factor';
import { FactorStore } from '../factor.store';
import {
  type ChallengeOffer,
  type EnrollmentOffer,
  type EnrollmentRequest,
  type FactorResponse,
  type FactorVerdict,
  MfaFactor,
  verdictOf,
} from '../mfa-factor';
import { malformedResponse } from '../malformed-response';
import { isOneTimeCode } from '../codes/one-time-code';
import { base32, generateTotpSecret, matchTotp, otpauthUri } from './totp';

const QR_CODE = {
  errorCorrectionLevel: 'M',
  margin: 2,
  scale: 4,
  // Grey, without trying every filter on every line: half the time and a third of the bytes.
  rendererOpts: { colorType: 0, filterType: 0, deflateStrategy: 0 },
} as const;

/** An authenticator app (RFC 6238): SHA-1, six digits, 30 s, as all apps understand. */
@Injectable()
export class TotpFactor extends MfaFactor {
  override readonly type = 'totp';
  override readonly acr = 'aal2';
  override readonly amr = ['otp'];
  override readonly defaultName = 'Authenticator app';

  constructor(
    private readonly factors: FactorStore,
    private readonly clock: Clock,
    private readonly settings: ServerSettings,
  ) {
    super();
  }

  override async enroll({ username }: EnrollmentRequest): Promise<EnrollmentOffer> {
    const secret = generateTotpSecret();
    const uri = otpauthUri(secret, this.settings.appName, username);
    const qrCode = await QRCode.toDataURL(uri, QR_CODE);
    return { secret, enrollment: { secret: base32(secret), otpauthUri: uri, qrCode } };
  }

  override async activate(tx: EntityManager, factor: FactorRecord, response: FactorResponse): Promise<FactorVerdict> {
    return this.verify(tx, factor, response);
  }

  override challenge(): Promise<ChallengeOffer> {
    return Promise.resolve({}); // The app needs nothing from us.
  }

  override async verify(tx: EntityManager, factor: FactorRecord, { code }: FactorResponse): Promise<FactorVerdict> {
    if (!isOneTimeCode(code)) throw malformedResponse('code', 'code must be a string of exactly six digits');
    const step = matchTotp(this.factors.openSecret(factor), code, this.clock.nowInSeconds());
    // RFC 6238 §5.2: a code is accepted once, and none of an earlier step after it.
    return verdictOf(step !== undefined && (await this.factors.consumeStep(tx, factor.id, step)));
  }

  override qrCode(factor: FactorRecord, username: string): Promise<Buffer> {
    return QRCode.toBuffer(otpauthUri(this.factors.openSecret(factor), this.settings.appName, username), QR_CODE);
  }
}
