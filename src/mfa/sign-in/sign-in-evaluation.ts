import type { SignInAccount } from '../../users/accounts/account';
import type { UsableFactorDto } from '../factors/dto/factor.dto';
import type { Entry, SignInDecision } from './decide-sign-in';

/** What a session would get now, and why. */
export interface SignInEvaluation {
  readonly entry: Entry;
  readonly decision: SignInDecision;
  readonly account: SignInAccount;
  /** What may be used now, where a second factor is asked for. */
  readonly factors: UsableFactorDto[];
}
