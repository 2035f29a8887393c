import { randomBytes } from 'node:crypto';
import type { Env } from './throw-away';

/** Connections to the database, for every server that takes part. */
export const POOL_SIZE = 10;
/** Connections of those who ask. */
export const CONNECTIONS = 32;

/**
 * Settings of the measured application. `test` and not `production`: production refuses passwords that are hashed cheaply and
 * a service without limits. What runs for a request is the same.
 */
export function settings(): Env {
  return {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    DOCS: 'off',
    EXAMPLES: 'off',
    RATE_LIMITS: 'off',
    ISSUER: 'https://bench.example',
    ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    DATABASE_POOL_SIZE: String(POOL_SIZE),
    // Tokens outlive the benchmark.
    ACCESS_TOKEN_TTL: '1800',
    MFA_TOKEN_TTL: '1800',
    // Signing in only prepares what is measured.
    ARGON2_MEMORY_KIB: '8',
    ARGON2_TIME: '1',
  };
}
