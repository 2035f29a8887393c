import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { OAuthError } from './oauth-error';

/** Answers refusals as RFC 6749 §5.2 has them; whatever else goes wrong is a problem document, as everywhere. */
@Catch(OAuthError)
export class OAuthErrorFilter implements ExceptionFilter<OAuthError> {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch({ code, description, status }: OAuthError, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const response: unknown = host.switchToHttp().getResponse();
    // RFC 7617 §2, §2.1.
    if (status === 401) {
      httpAdapter.setHeader(response, 'www-authenticate', 'Basic realm="countersign", charset="UTF-8"');
    }
    httpAdapter.reply(response, { error: code, error_description: description }, status);
  }
}
