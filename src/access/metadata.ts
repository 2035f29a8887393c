import { MetadataKey } from '../platform/http/metadata-key';
import type { AssuranceRequirement } from './assurance';

export const ACCEPTS_MFA_TOKEN = new MetadataKey<true>('access:accepts-mfa-token');
export const ASSURANCE = new MetadataKey<AssuranceRequirement>('access:assurance');
/** Seconds. */
export const RECENT_AUTHENTICATION = new MetadataKey<number>('access:recent-authentication');
export const ROLES = new MetadataKey<readonly string[]>('access:roles');
export const PERMISSIONS = new MetadataKey<readonly string[]>('access:permissions');
