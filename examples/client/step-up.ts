import type { Challenge, Enrollment, EnrollmentRequest, FactorList, Proof, UsableFactor } from './contract';
import type { Activation, SignInOutcome, Verification } from './auth-result';
import type { Requirement, StepUpCode } from './problem';

/** Why more is asked of the caller: a guard's refusal, or a refresh that wants the second factor again. */
export interface StepUpDemand {
  code: StepUpCode;
  /** What the guard demands; empty where a refresh asks. */
  required: Requirement;
  /** Why a refresh asks: `mfa_expired`, `idle`, `new_network`, `new_device`, `policy`, `recovery`. */
  reason?: string;
  /** The factors that may be used now, where the answer named them; else `stepUp.factors()` does. */
  usable?: UsableFactor[];
}

/**
 * What a handler works with: the demand, and the ways to go on.
 *
 * Use these methods in the handler, not the client's own: they never ask for a step-up themselves, and so cannot wait for
 * the very handler that called them.
 */
export interface StepUp extends StepUpDemand {
  factors(): Promise<FactorList>;
  challenge(factorId?: string): Promise<Challenge>;
  verify(challengeId: string, proof: Proof): Promise<Verification>;
  enroll(request: EnrollmentRequest): Promise<Enrollment>;
  activate(factorId: string, proof: Proof): Promise<Activation>;
  reauthenticate(password: string): Promise<SignInOutcome>;
}

/**
 * Asks the person for what the demand names. True: it was given, and the request is sent once more. False: the caller gets
 * the problem.
 *
 * @example
 * onStepUp: async (stepUp) => {
 *   const challenge = await stepUp.challenge();
 *   const code = await askFor(challenge.sentTo ? `The code sent to ${challenge.sentTo}` : 'The code of your app');
 *   if (code === undefined) return false;
 *   const { status } = await stepUp.verify(challenge.id, { code });
 *   return status === 'authenticated';
 * }
 */
export type StepUpHandler = (stepUp: StepUp) => Promise<boolean>;

export type StepUpEnd = 'stepped_up' | 'caught_up' | 'declined';

/** One step-up at a time: whoever needs one meanwhile waits for it, and the person is asked once. */
export class StepUpDesk {
  private asking: Promise<StepUpEnd> | undefined;

  /**
   * @param ask puts the demand to the application
   * @param accessTokenNow the token kept now: if it is not the refused one, somebody has stepped up since
   */
  constructor(
    private readonly ask: (demand: StepUpDemand) => Promise<boolean>,
    private readonly accessTokenNow: () => Promise<string | undefined>,
  ) {}

  /** `caught_up`: there are newer tokens, though not asked for with this demand. */
  async stepUp(refused: string, demand: StepUpDemand): Promise<StepUpEnd> {
    const joins = this.asking !== undefined;
    this.asking ??= this.begin(refused, demand).finally(() => {
      this.asking = undefined;
    });
    const end = await this.asking;
    return joins && end === 'stepped_up' ? 'caught_up' : end;
  }

  private async begin(refused: string, demand: StepUpDemand): Promise<StepUpEnd> {
    if ((await this.accessTokenNow()) !== refused) return 'caught_up';
    return (await this.ask(demand)) ? 'stepped_up' : 'declined';
  }
}
