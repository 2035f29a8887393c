import { Injectable, Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { AccountSettings } from '../../platform/config/settings/account.settings';
import { normalizePassword } from './password-policy';

/** Somebody waits for the answer. */
const TIMEOUT_MS = 2000;
/** Of the SHA-1 in hexadecimal: some hundred other passwords share them (k-anonymity). */
const PREFIX_LENGTH = 5;

/**
 * Passwords known from breaches, by the range protocol of Have I Been Pwned: five digits of a hash leave the house, and neither
 * the password nor its hash. Off without `BREACHED_PASSWORDS_URL`.
 */
@Injectable()
export class BreachedPasswords {
  private readonly logger = new Logger(BreachedPasswords.name);

  constructor(private readonly settings: AccountSettings) {}

  /** False as well when the service cannot be asked: that keeps nobody from choosing a password, and the log says so. */
  async has(password: string): Promise<boolean> {
    const { breachedPasswordsUrl: url } = this.settings;
    if (url === undefined) return false;
    // SHA-1 is the protocol's, and protects nothing here.
    const digest = createHash('sha1').update(normalizePassword(password)).digest('hex').toUpperCase();
    try {
      return isInRange(digest.slice(PREFIX_LENGTH), await this.fetchRange(url, digest.slice(0, PREFIX_LENGTH)));
    } catch (error) {
      this.logger.warn(`A password was taken unchecked: BREACHED_PASSWORDS_URL gave no answer (${causeOf(error)})`);
      return false;
    }
  }

  private async fetchRange(url: string, prefix: string): Promise<string> {
    const response = await fetch(`${url.replace(/\/+$/, '')}/${prefix}`, {
      // Answers of one length tell nobody on the way which range was asked for.
      headers: { 'add-padding': 'true', 'user-agent': 'Countersign' },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return response.text();
    await response.body?.cancel();
    throw new Error(`status ${response.status}`);
  }
}

/** @param range lines of `SUFFIX:COUNT`; those with a count of 0 are padding */
function isInRange(suffix: string, range: string): boolean {
  return range.split('\n').some((line) => {
    const [found, count] = line.trim().split(':');
    return found?.toUpperCase() === suffix && Number(count) > 0;
  });
}

/** Never the address: the digits at its end are part of a password's hash. */
function causeOf(error: unknown): string {
  const { message, cause } = error as { readonly message?: string; readonly cause?: { readonly code?: string } };
  return cause?.code ?? message ?? 'unknown';
}
