import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../access/principal';
import { Transactions } from '../../platform/database/transactions';
import type { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import { RevocationPoller } from '../../tokens/revocation/revocation-poller';
import type { FactorResponse } from '../factors/mfa-factor';
import type { ActivatedFactorDto } from './dto/enrollment.dto';
import { EnrollmentRights } from './enrollment-rights';
import type { ActingClient } from './factor-events';
import { FirstResponses } from './first-responses';
import { TakeUpFactorService } from './take-up-factor.service';

type Outcome = { readonly activated: ActivatedFactorDto } | { readonly refusal: DomainError };

@Injectable()
export class ActivateFactorService {
  constructor(
    private readonly transactions: Transactions,
    private readonly rights: EnrollmentRights,
    private readonly firstResponses: FirstResponses,
    private readonly takingUp: TakeUpFactorService,
    private readonly revocations: RevocationPoller,
  ) {}

  /**
   * Proves a pending factor with its first response. Only the session that began it may.
   *
   * @throws DomainError `not_found`, `invalid_code`, `too_many_attempts`, `challenge_expired`, `token_invalid`, or the
   *   step-up that is missing
   */
  async activate(
    caller: Caller,
    factorId: string,
    response: FactorResponse,
    client: ClientInfo,
  ): Promise<ActivatedFactorDto> {
    // A wrong code's count stays: that refusal is returned, and thrown after the commit.
    const outcome = await this.transactions.run((tx) => this.prove(tx, { caller, client }, factorId, response));
    if ('refusal' in outcome) throw outcome.refusal;
    await this.revocations.catchUp();
    return outcome.activated;
  }

  private async prove(
    tx: EntityManager,
    by: ActingClient,
    factorId: string,
    response: FactorResponse,
  ): Promise<Outcome> {
    // Locked: nobody else activates or drops a factor of the account meanwhile.
    const account = await this.rights.toEnrollLocked(tx, by.caller);
    const checked = await this.firstResponses.check(tx, by, factorId, response);
    if ('refusal' in checked) return checked;
    return { activated: await this.takingUp.takeUp(tx, by, account, checked.proven) };
  }
}
