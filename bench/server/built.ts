import { createRequire } from 'node:module';
import type * as Access from '../../src/access';
import type * as AccessTokenMinterFile from '../../src/access/access-token-minter';
import type * as AppSetup from '../../src/app.setup';
import type * as TokenSettingsFile from '../../src/platform/config/settings/token.settings';
import type * as SettingsModule from '../../src/platform/config/settings.module';
import type * as AccessTokenGuardFile from '../../src/tokens/access-tokens/access-token.guard';
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
