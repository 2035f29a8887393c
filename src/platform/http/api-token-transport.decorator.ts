import { ApiHeader } from '@nestjs/swagger';
import { TOKEN_TRANSPORT_HEADER, TOKEN_TRANSPORTS } from './token-transport';

/** Documents the header by which a sign-in chooses how refresh tokens travel. */
export function ApiTokenTransport(description: string): MethodDecorator {
  return ApiHeader({ name: TOKEN_TRANSPORT_HEADER, required: false, enum: [...TOKEN_TRANSPORTS], description });
}
