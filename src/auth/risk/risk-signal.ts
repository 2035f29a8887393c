import type { EntityManager } from 'typeorm';
import type { StepUpReason } from '../../tokens/sessions/session';
import type { RefreshFacts } from './refresh-facts';

/**
 * A sign that somebody else may hold a refresh token. Each signal is a provider of any module; nothing else knows it. The
 * weights of those that show are added up, and the sum decides (docs/risk.md).
 *
 * @example
 * \@Injectable()
 * export class NightSignal extends RiskSignal {
 *   override readonly name = 'night';
 *   override readonly weight = 20;
 *   override readonly reason = 'policy';
 *
 *   override suspects({ now }: RefreshFacts): boolean {
 *     return now.at.getUTCHours() < 5;
 *   }
 * }
 */
export abstract class RiskSignal {
  /** Lower case, digits and `_`: its name in `RISK_WEIGHTS`, audit events and metrics. */
  abstract readonly name: string;

  /** What it adds to the score, unless `RISK_WEIGHTS` says otherwise; 0 to 9999, and 0 is off. */
  abstract readonly weight: number;

  /** What a client reads where it is the heaviest of those that ask for a second factor. */
  abstract readonly reason: StepUpReason;

  /**
   * Whether the refresh shows it by itself. Asked at every refresh: short, and without I/O. Where no signal suspects anything, the
   * refresh goes through, and nothing else is asked.
   */
  abstract suspects(facts: RefreshFacts): boolean;

  /**
   * Whether it shows on a closer look. Asked of every signal once any of them suspects something; what `suspects` says, unless
   * overridden.
   *
   * @param tx for every statement; call nobody over the network
   */
  confirms(_tx: EntityManager, facts: RefreshFacts): Promise<boolean> {
    return Promise.resolve(this.suspects(facts));
  }
}
