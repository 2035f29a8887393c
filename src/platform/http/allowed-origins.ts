import { Injectable } from '@nestjs/common';
import { ServerSettings } from '../config/settings/server.settings';
import { TokenSettings } from '../config/settings/token.settings';
import { DomainError } from '../errors/domain-error';

/** The origins whose pages may use what a browser sends along by itself: the issuer's own, and `ALLOWED_ORIGINS`. */
@Injectable()
export class AllowedOrigins {
  private readonly origins: ReadonlySet<string>;

  constructor({ issuer }: TokenSettings, { allowedOrigins }: ServerSettings) {
    this.origins = new Set([issuer, ...allowedOrigins].map((address) => new URL(address).origin));
  }

  /**
   * @param origin the `Origin` header. Browsers send one with every request but a plain GET; `null` is nobody's
   * @throws DomainError `origin_refused`
   */
  assertAllowed(origin: string | undefined): void {
    if (origin !== undefined && this.origins.has(origin)) return;
    throw new DomainError('origin_refused', {
      detail: 'A request with this cookie must come from a page of an allowed origin.',
      reason: `origin ${origin === undefined ? 'missing' : JSON.stringify(origin.slice(0, 128))}`,
    });
  }
}
