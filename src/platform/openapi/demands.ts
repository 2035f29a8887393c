/** A second factor that a route demands, as the document has it. */
export interface RequiredMfa {
  readonly acr: string;
  readonly maxAge?: number;
  /** One of them. */
  readonly methods?: readonly string[];
}

/**
 * How what decorators noted on a controller and on a method adds up, by the extension that carries it. Whoever enforces the
 * demands brings the rules: the document must say what the guards do.
 */
export interface DemandRules {
  /** @returns those that must all be met; they have `acr` and `maxAge` in common */
  'x-required-mfa'(noted: readonly unknown[]): readonly RequiredMfa[];
  /** @returns seconds */
  'x-recent-authentication'(noted: readonly unknown[]): number;
  'x-required-permissions'(noted: readonly unknown[]): readonly string[];
  'x-required-roles'(noted: readonly unknown[]): readonly string[];
}
