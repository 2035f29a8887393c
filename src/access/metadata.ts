import { MetadataKey } from '../platform/http/metadata-key';
import type { AssuranceRequirement } from './assurance';

export const ACCEPTS_MFA_TOKEN = new MetadataKey<true>('access:accepts-mfa-token');
export const ASSURANCE = new MetadataKey<AssuranceRequirement>('access:assurance');
export const PERMISSIONS = new MetadataKey<readonly string[]>('access:permissions');
