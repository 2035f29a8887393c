import { DomainError } from '../../platform/errors/domain-error';
import type { FactorResponse } from '../factors/mfa-factor';

interface Tries {
  readonly attemptsRemaining: number;
}

/**
 * The refusal of a wrong response.
 *
 * @param tries what each limit leaves; the least of them is told, where there is one
 */
export function wrongResponse(response: FactorResponse, ...tries: (Tries | undefined)[]): DomainError {
  const attemptsRemaining = Math.min(...tries.map((each) => each?.attemptsRemaining ?? Infinity));
  return new DomainError('invalid_code', {
    detail: detailOf(response),
    ...(attemptsRemaining !== Infinity && { attemptsRemaining }),
  });
}

function detailOf({ code, credential }: FactorResponse): string {
  if (code !== undefined) return 'The code is wrong, too old, or was used before: a code works once.';
  if (credential !== undefined) {
    return 'The passkey was not accepted: it is another one, answered another challenge, or did not say who uses it.';
  }
  return 'The response is wrong.';
}
