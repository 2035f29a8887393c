import { createRequire } from 'node:module';
import type * as Access from '../../src/access';
import type * as AccessTokenMinterFile from '../../src/access/access-token-minter';
import type * as AppSetup from '../../src/app.setup';
import type * as AuditLogFile from '../../src/platform/audit/audit-log';
import type * as AuditSealerFile from '../../src/platform/audit/audit-sealer';
import type * as TokenSettingsFile from '../../src/platform/config/settings/token.settings';
import type * as SettingsModule from '../../src/platform/config/settings.module';
import type * as AccessTokenGuardFile from '../../src/tokens/access-tokens/access-token.guard';
import type * as RevocationPollerFile from '../../src/tokens/revocation/revocation-poller';
import type * as SessionStoreFile from '../../src/tokens/sessions/session.store';
import type * as SigningKeyRingFile from '../../src/tokens/signing-keys/signing-key-ring';

/** The built code, with the types of its source: what is measured is what runs in production. */
const load = createRequire(__filename);
const dist = '../../dist';

export const { Public, RequireMfa } = load(`${dist}/access`) as typeof Access;
export const { AccessTokenMinter } = load(`${dist}/access/access-token-minter`) as typeof AccessTokenMinterFile;
export const { createApp } = load(`${dist}/app.setup`) as typeof AppSetup;
export const { TokenSettings } = load(`${dist}/platform/config/settings/token.settings`) as typeof TokenSettingsFile;
export const { readSettings } = load(`${dist}/platform/config/settings.module`) as typeof SettingsModule;
export const { AccessTokenGuard } = load(
  `${dist}/tokens/access-tokens/access-token.guard`,
) as typeof AccessTokenGuardFile;
export const { SigningKeyRing } = load(`${dist}/tokens/signing-keys/signing-key-ring`) as typeof SigningKeyRingFile;
export const { RevocationPoller } = load(`${dist}/tokens/revocation/revocation-poller`) as typeof RevocationPollerFile;
export const { AuditLog } = load(`${dist}/platform/audit/audit-log`) as typeof AuditLogFile;
export const { AuditSealer } = load(`${dist}/platform/audit/audit-sealer`) as typeof AuditSealerFile;
export const { SessionStore } = load(`${dist}/tokens/sessions/session.store`) as typeof SessionStoreFile;
