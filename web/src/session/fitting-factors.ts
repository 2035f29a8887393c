import type { UsableFactor } from '../api/contract';
import type { Requirement } from '../api/problem';

/** What the token may say of a factor once it is verified. Of a plug-in this page knows nothing: the service decides. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  totp: ['otp'],
  email: ['email'],
  sms: ['sms'],
  webauthn: ['hwk', 'swk', 'user'],
  recovery_code: ['recovery_code'],
};

/** Whether verifying the factor can meet what is demanded. */
export function fits({ type, acr }: Pick<UsableFactor, 'type' | 'acr'>, required: Requirement): boolean {
  if (required.acr === 'phr' && acr !== 'phr') return false;
  const known = METHODS[type];
  return required.methods === undefined || known === undefined || required.methods.some((each) => known.includes(each));
}
