import type { AgainstBetterAuth } from '../against-better-auth';
import type { FirstUse } from '../first-use';
import type { GuardCost } from '../guard-cost';
import type { RefreshCost } from '../refresh';
import type { StartUp } from '../start-up';
import type { Machine } from './machine';

/** Of one run. What was not asked for is empty. */
export interface Results {
  readonly command: string;
  readonly machine: Machine;
  readonly guard: readonly GuardCost[];
  readonly firstUse: readonly FirstUse[];
  readonly refresh?: RefreshCost;
  readonly betterAuth?: AgainstBetterAuth;
  readonly startUp: readonly StartUp[];
  /** What was asked for and could not be measured: there was no PostgreSQL. */
  readonly leftOut: readonly string[];
}
