import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { AccountSettings } from '../platform/config/settings/account.settings';
import { MfaSettings } from '../platform/config/settings/mfa.settings';
import { ServerSettings } from '../platform/config/settings/server.settings';
import { TokenSettings } from '../platform/config/settings/token.settings';
import { DomainError } from '../platform/errors/domain-error';
import { pageFor } from './page-html';

/** Where `npm run build` puts the page; the same for the compiled service and for its sources. */
const BUILT_PAGE = join(__dirname, '..', '..', 'dist', 'page');

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface PageFile {
  readonly content: Buffer;
  readonly type: string;
}

/** The built page, read once at start: a handful of small files. */
@Injectable()
export class PageFiles implements OnModuleInit {
  private readonly logger = new Logger(PageFiles.name);
  private readonly assets = new Map<string, PageFile>();
  private html: PageFile | undefined;

  constructor(
    private readonly server: ServerSettings,
    private readonly tokens: TokenSettings,
    private readonly account: AccountSettings,
    private readonly mfa: MfaSettings,
  ) {}

  onModuleInit(): void {
    const index = join(BUILT_PAGE, 'index.html');
    if (!existsSync(index)) {
      this.logger.warn('The account page is not built, and /account answers 404. `npm run web:build` builds it.');
      return;
    }
    const html = pageFor(readFileSync(index, 'utf8'), {
      appName: this.server.appName,
      issuer: this.tokens.issuer,
      registration: this.account.registration === 'open',
      passkeys: this.mfa.factors.includes('webauthn'),
    });
    this.html = { content: Buffer.from(html), type: typeOf(index) };
    const folder = join(BUILT_PAGE, 'assets');
    for (const name of readdirSync(folder)) {
      this.assets.set(name, { content: readFileSync(join(folder, name)), type: typeOf(name) });
    }
  }

  /** @throws DomainError `not_found` where the page is not built */
  page(): PageFile {
    if (this.html !== undefined) return this.html;
    throw new DomainError('not_found', {
      detail: 'The account page is not built here: `npm run web:build` builds it.',
    });
  }

  /** @throws DomainError `not_found` */
  asset(name: string): PageFile {
    const file = this.assets.get(name);
    if (file === undefined) throw new DomainError('not_found');
    return file;
  }
}

function typeOf(name: string): string {
  return TYPES[extname(name)] ?? 'application/octet-stream';
}
