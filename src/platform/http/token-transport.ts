import { DomainError } from '../errors/domain-error';

/** How refresh tokens travel: in JSON bodies, or in a cookie that no script can read. */
export const TOKEN_TRANSPORTS = ['body', 'cookie'] as const;
export type TokenTransport = (typeof TOKEN_TRANSPORTS)[number];

/** A request header: a sign-in fixes the transport of its session by it. */
export const TOKEN_TRANSPORT_HEADER = 'X-Token-Transport';

/** @returns what the header asks for; `body` without one. @throws DomainError `validation_failed` for anything else */
export function requestedTransport(header: string | string[] | undefined): TokenTransport {
  if (header === undefined) return 'body';
  const transport = TOKEN_TRANSPORTS.find((each) => each === header);
  if (transport !== undefined) return transport;
  const message = `${TOKEN_TRANSPORT_HEADER} must be one of: ${TOKEN_TRANSPORTS.join(', ')}`;
  throw new DomainError('validation_failed', { errors: [{ path: TOKEN_TRANSPORT_HEADER, code: 'is_in', message }] });
}
