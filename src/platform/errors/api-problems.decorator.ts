import { ApiExtension } from '@nestjs/swagger';
import type { ErrorCode } from './error-catalogue';

export const PROBLEMS_EXTENSION = 'x-problems';

/** Documents the error codes of a route beyond those that every route has; a module names its own as well. */
export function ApiProblems(...codes: (ErrorCode | (string & Record<never, never>))[]): MethodDecorator {
  return ApiExtension(PROBLEMS_EXTENSION, codes);
}
