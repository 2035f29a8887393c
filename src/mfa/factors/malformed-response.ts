import { DomainError } from '../../platform/errors/domain-error';

/** A response that cannot be an answer of this factor, whatever it says. */
export function malformedResponse(path: 'code' | 'credential' | 'response', message: string): DomainError {
  return new DomainError('validation_failed', { errors: [{ path, code: 'malformed', message }] });
}
