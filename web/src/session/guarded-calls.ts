import type { SecondFactorWanted } from '../api/contract';
import { ApiProblem } from '../api/problem';
import { stepUpCodeOf, StepUpDeclined, type StepUpDesk } from './step-up';
import type { SignIn, TokenKeeper } from './token-keeper';

/**
 * Calls under the access token. A request is sent again at most once for a token that was refused, and at most once after a
 * step-up: it was refused before anything was carried out.
 */
export class GuardedCalls {
  constructor(
    private readonly keeper: TokenKeeper,
    private readonly desk: StepUpDesk,
    private readonly now: () => number,
  ) {}

  async run<T>(send: (accessToken: string) => Promise<T>): Promise<T> {
    let token = await this.tokenOf(await this.keeper.usable());
    let mayRefresh = true;
    let mayCatchUp = true;
    let mayStepUp = true;
    for (;;) {
      try {
        return await send(token);
      } catch (error) {
        if (!(error instanceof ApiProblem)) throw error;
        const current = this.keeper.signIn?.accessToken;
        const code = stepUpCodeOf(error);
        if (current !== undefined && current !== token && mayCatchUp) {
          // Somebody has renewed the tokens since this call was sent.
          mayCatchUp = false;
          if (error.code !== 'token_invalid' && code === undefined) throw error;
          token = current;
        } else if (error.code === 'token_invalid' && mayRefresh) {
          mayRefresh = false;
          token = await this.tokenOf(await this.keeper.renew());
        } else if (code !== undefined && mayStepUp) {
          mayStepUp = false;
          await this.desk.ask({ code, required: error.body.required ?? {} });
          token = this.keeper.signIn?.accessToken ?? token;
        } else throw error;
      }
    }
  }

  /** A refresh may want the second factor first. Declined, the old token is used to its end. */
  private async tokenOf(found: SignIn | SecondFactorWanted): Promise<string> {
    if (!('mfaToken' in found)) return found.accessToken;
    try {
      await this.desk.ask({ code: found.status, required: {}, wanted: found });
    } catch (error) {
      const signIn = this.keeper.signIn;
      if (!(error instanceof StepUpDeclined) || signIn === undefined) throw error;
      if (this.now() >= signIn.expiresAt) {
        this.keeper.await(found);
        throw error;
      }
    }
    const signIn = this.keeper.signIn;
    if (signIn === undefined) throw new StepUpDeclined();
    return signIn.accessToken;
  }
}
