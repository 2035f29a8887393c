import { Injectable } from '@nestjs/common';
import { FactorAdministration } from '../../mfa/factor-administration';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { SessionEndings } from '../../tokens/sessions/session-endings.store';
import { Notices } from '../../users/notices/notices';
import { type ActingCaller, AdministrativeActs } from '../acts/administrative-acts';
import { EnrollmentCodeMessages } from '../messages/enrollment-code-messages';

@Injectable()
export class ResetFactorsService {
  constructor(
    private readonly acts: AdministrativeActs,
    private readonly factors: FactorAdministration,
    private readonly sessions: SessionEndings,
    private readonly codes: EnrollmentCodeMessages,
    private readonly notices: Notices,
    private readonly settings: MfaSettings,
  ) {}

  /**
   * For somebody who lost theirs: every factor and recovery code goes, and every session. Where the account must have a factor,
   * its verified addresses get the code that enrolls the next one; elsewhere they are told.
   *
   * @throws DomainError `not_found`, `forbidden`, `token_invalid`
   */
  async reset(by: ActingCaller, userId: string): Promise<void> {
    await this.acts.onAccount(by, {
      userId,
      type: 'account.factors_reset',
      act: async (tx, { roles }) => {
        await this.factors.dropAll(tx, userId);
        await this.sessions.endAll(tx, userId, 'factors_reset');
        if (this.settings.demandsFactor(roles)) await this.codes.send(tx, userId);
        else await this.notices.send(tx, userId, { kind: 'factors-reset' });
      },
    });
  }
}
