import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { requestedTransport, type TokenTransport } from './token-transport';

/** Who sent a request, as far as the connection tells. */
export interface ClientInfo {
  /** Address of the peer, or the one a trusted proxy names. */
  readonly ip: string;
  /** `User-Agent`, at most 512 characters; empty when absent. */
  readonly userAgent: string;
  /** `Accept-Language` as it was sent, at most 256 characters; empty when absent. */
  readonly acceptLanguage: string;
  /** How it wants its refresh tokens: `X-Token-Transport`, `body` unless said. */
  readonly transport: TokenTransport;
}

interface RequestWithPeer {
  readonly ip: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Hands a controller method the `ClientInfo` of its request. @throws DomainError `validation_failed` for an unknown transport */
export const Client = createParamDecorator((_: unknown, context: ExecutionContext): ClientInfo => {
  const { ip, headers } = context.switchToHttp().getRequest<RequestWithPeer>();
  const userAgent = String(headers['user-agent'] ?? '').slice(0, 512);
  const acceptLanguage = String(headers['accept-language'] ?? '').slice(0, 256);
  return { ip, userAgent, acceptLanguage, transport: requestedTransport(headers['x-token-transport']) };
});
