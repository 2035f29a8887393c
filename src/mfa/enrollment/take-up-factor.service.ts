import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { isMfaTokenHolder } from '../../access/principal';
import { Clock } from '../../platform/clock/clock';
import { invalidToken } from '../../tokens/access-tokens/bearer-token';
import type { SignInAccount } from '../../users/accounts/account';
import { ChallengeStore } from '../challenges/challenge.store';
import { toFactor } from '../factors/dto/factor.dto';
import { FactorStore } from '../factors/factor.store';
import { RecordSecondFactorService } from '../sign-in/record-second-factor.service';
import type { ActivatedFactorDto } from './dto/enrollment.dto';
import { type ActingClient, FactorEvents } from './factor-events';
import { FirstFactorService } from './first-factor.service';
import { noSuchPendingFactor, type ProvenFactor } from './first-responses';

/** A factor that was just proven counts from now on, and its session goes on with new tokens. */
@Injectable()
export class TakeUpFactorService {
  constructor(
    private readonly firstFactor: FirstFactorService,
    private readonly factors: FactorStore,
    private readonly challenges: ChallengeStore,
    private readonly secondFactor: RecordSecondFactorService,
    private readonly events: FactorEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * @param tx holds the account's lock; whatever is thrown undoes the whole activation
   * @throws DomainError `not_found`, `invalid_token`, `token_invalid`
   */
  async takeUp(
    tx: EntityManager,
    by: ActingClient,
    account: SignInAccount,
    { factor, plugin, amr }: ProvenFactor,
  ): Promise<ActivatedFactorDto> {
    const { caller, client } = by;
    const recoveryCodes = await this.firstFactor.claim(tx, caller, account, factor);
    const isFurther = recoveryCodes === undefined;
    const preferred = !isFurther;
    if (!(await this.factors.activate(tx, factor, { preferred }))) throw noSuchPendingFactor();
    await this.challenges.dropOf(tx, factor.id); // The first response was for this, and is used up.
    const round = isMfaTokenHolder(caller) ? caller.round : undefined;
    const auth = await this.secondFactor.record(
      tx,
      caller.sessionId,
      { factor, acr: plugin.acr, amr },
      { round, isFurther, client },
    );
    if (auth === undefined) throw invalidToken('the session or its round is over, or a second factor is demanded');
    await this.events.activated(tx, by, factor);
    const active = { ...factor, status: 'active' as const, preferred, lastUsedAt: this.clock.now() };
    return {
      factor: toFactor(active, plugin),
      ...(recoveryCodes && recoveryCodes.length > 0 && { recoveryCodes }),
      auth,
    };
  }
}
