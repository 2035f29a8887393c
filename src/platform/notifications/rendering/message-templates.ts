import type { Channel } from '../message';

/** What a template is for, and what it may fill in. */
export interface TemplateDefinition {
  readonly channels: readonly Channel[];
  /** Names that every message of it brings along. */
  readonly values: readonly string[];
  /** Names that are empty where a message says nothing of them. */
  readonly optional?: readonly string[];
}

/** Values that every template has. `appHost` is the host of `APP_URL`: phones fill a code in only there. */
export const COMMON_VALUES = ['appName', 'appUrl', 'appHost', 'supportContact'] as const;

const BOTH = ['email', 'sms'] as const;
/** A notice says of which account it is, and when it happened (UTC). */
const notice = (definition: Partial<TemplateDefinition> = {}): TemplateDefinition => ({
  channels: BOTH,
  values: ['username', 'at', ...(definition.values ?? [])],
  optional: definition.optional ?? [],
});

/** What an account's owner is told of it. */
const NOTICES = {
  'email-change-requested': notice(),
  'phone-change-requested': notice(),
  'phone-changed': notice(),
  'email-changed': notice({ optional: ['email'] }),
  'password-changed': notice(),
  'password-reset': notice(),
  'factor-added': notice({ optional: ['name'] }),
  'factor-dropped': notice({ optional: ['name'] }),
  'factor-locked': notice({ optional: ['name'] }),
  'factor-compromised': notice({ optional: ['name'] }),
  'factors-reset': notice(),
  'recovery-code-used': notice({ values: ['remaining'], optional: ['warning'] }),
  'recovery-codes-regenerated': notice(),
  'account-locked': notice(),
  'new-device': notice({ values: ['device', 'ip'] }),
  'new-network': notice({ values: ['device', 'ip'] }),
};

/** The name of a notice's template. */
export type NoticeKind = keyof typeof NOTICES;

/** The messages of this service. A module adds its own by `NotificationsModule.forFeature`. */
export const MESSAGE_TEMPLATES: Readonly<Record<string, TemplateDefinition>> = {
  'verify-email': { channels: ['email'], values: ['link', 'hours'] },
  'confirm-new-email': { channels: ['email'], values: ['link', 'hours'] },
  'reset-password': { channels: ['email'], values: ['link', 'minutes'] },
  invitation: { channels: ['email'], values: ['username', 'link', 'hours'] },
  'email-first-code': { channels: ['email'], values: ['code', 'minutes'] },
  'email-code': { channels: ['email'], values: ['code', 'minutes'] },
  'sms-code': { channels: ['sms'], values: ['code', 'minutes'] },
  'enrollment-code': { channels: BOTH, values: ['code'], optional: ['hours'] },
  ...NOTICES,
};
