import { DomainError } from '../../platform/errors/domain-error';

export function invalidLink(): DomainError {
  return new DomainError('invalid_token', { detail: 'The link is too old or was used. Ask for a new one.' });
}
