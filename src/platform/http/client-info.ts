import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

/** Who sent a request, as far as the connection tells. */
export interface ClientInfo {
  /** Address of the peer, or the one a trusted proxy names. */
  readonly ip: string;
  /** `User-Agent`, at most 512 characters; empty when absent. */
  readonly userAgent: string;
}

interface RequestWithPeer {
  readonly ip: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Hands a controller method the `ClientInfo` of its request. */
export const Client = createParamDecorator((_: unknown, context: ExecutionContext): ClientInfo => {
  const { ip, headers } = context.switchToHttp().getRequest<RequestWithPeer>();
  return { ip, userAgent: String(headers['user-agent'] ?? '').slice(0, 512) };
});
