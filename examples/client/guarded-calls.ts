import { CountersignProblem, stepUpCodeOf } from './problem';
import type { StepUpDemand, StepUpDesk } from './step-up';
import type { PendingSignIn, Standing, TokenKeeper } from './token-keeper';

export interface GuardedCallOptions {
  /** Whether a refusal may be put to the application. */
  stepUp: boolean;
  /** Whether the request may be sent again: not if its body is a stream that has been read. */
  replayable: boolean;
}

/**
 * Calls under an access token. A request is sent again at most once for an access token that was refused, and at most
 * once after a step-up; it was refused before the server began to carry it out, so nothing happens twice.
 */
export class GuardedCalls {
  constructor(
    private readonly keeper: TokenKeeper,
    private readonly desk: StepUpDesk,
  ) {}

  /** `send` gets the access token, or nothing while nobody is signed in. */
  async run<T>(send: (accessToken: string | undefined) => Promise<T>, options: GuardedCallOptions): Promise<T> {
    let accessToken = await this.accessToken(await this.keeper.usable(), options);
    let mayRefresh = true;
    let mayStepUp = options.stepUp;
    let mayCatchUp = options.stepUp;
    for (;;) {
      try {
        return await send(accessToken);
      } catch (error) {
        if (!(error instanceof CountersignProblem) || accessToken === undefined || !options.replayable) throw error;
        if (error.code === 'token_invalid' && mayRefresh) {
          mayRefresh = false;
          accessToken = await this.accessTokenInsteadOf(accessToken, error, options);
          continue;
        }
        const code = stepUpCodeOf(error);
        if (code === undefined || !mayStepUp) throw error;
        const end = await this.desk.stepUp(accessToken, { code, required: error.required });
        if (end === 'declined') throw error;
        // Tokens that somebody else stepped up for may not meet this demand: then this caller may still ask, once.
        mayStepUp = end === 'caught_up' && mayCatchUp;
        mayCatchUp = false;
        accessToken = (await this.keeper.current())?.accessToken;
      }
    }
  }

  private async accessToken(standing: Standing, options: GuardedCallOptions): Promise<string | undefined> {
    if (standing.is === 'signed_out') return undefined;
    if (standing.is === 'signed_in') return standing.signIn.accessToken;
    const { pending, signIn } = standing;
    const renewed = await this.afterStepUp(pending, signIn.accessToken, options);
    if (renewed !== undefined) return renewed;
    if (!this.keeper.isAlive(signIn)) throw problemOf(pending);
    // Declined ahead of time: the token is good to its end, and nobody is asked again before that.
    this.keeper.postpone(signIn);
    return signIn.accessToken;
  }

  private async accessTokenInsteadOf(
    refused: string,
    problem: CountersignProblem,
    options: GuardedCallOptions,
  ): Promise<string> {
    const standing = await this.keeper.insteadOf(refused);
    if (standing.is === 'signed_out') throw problem;
    if (standing.is === 'signed_in') return standing.signIn.accessToken;
    const renewed = await this.afterStepUp(standing.pending, refused, options);
    if (renewed === undefined) throw problemOf(standing.pending);
    return renewed;
  }

  /** A refresh that asks for the second factor: what is kept after the application has been asked, if it is new. */
  private async afterStepUp(
    pending: PendingSignIn,
    before: string,
    options: GuardedCallOptions,
  ): Promise<string | undefined> {
    if (!options.stepUp || (await this.desk.stepUp(before, demandOf(pending))) === 'declined') return undefined;
    const now = (await this.keeper.current())?.accessToken;
    return now === before ? undefined : now;
  }
}

function demandOf(pending: PendingSignIn): StepUpDemand {
  return { code: pending.status, required: {}, reason: pending.reason, usable: pending.factors };
}

/** The refresh answered 200, and yet the call cannot go on: the caller reads it as the guard's refusal. */
function problemOf(pending: PendingSignIn): CountersignProblem {
  const detail = `The session goes on after a second factor (${pending.reason})`;
  return new CountersignProblem({ status: 401, code: pending.status, detail });
}
