/** Routes that are counted together. `client-secrets` counts wrong ones only, and is no group of whole routes. */
export const RATE_LIMIT_GROUPS = [
  'credentials',
  'registration',
  'recovery',
  'second-factor',
  'refresh',
  'client-secrets',
] as const;

export type RateLimitGroup = (typeof RATE_LIMIT_GROUPS)[number];
