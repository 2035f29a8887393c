import { type Caller, isMfaTokenHolder } from '../../access/principal';
import { DomainError } from '../../platform/errors/domain-error';

/** Whether the caller may be challenged. @throws DomainError `forbidden` with an MFA token of purpose `enroll` */
export function assertMayVerify(caller: Caller): void {
  if (isMfaTokenHolder(caller) && caller.purpose !== 'verify') {
    throw new DomainError('forbidden', { detail: 'This MFA token is for enrolling a first factor.' });
  }
}
