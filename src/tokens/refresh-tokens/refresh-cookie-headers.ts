import type { ApiResponseOptions } from '@nestjs/swagger';
import { noRefreshCookie, REFRESH_COOKIE, refreshCookie } from './refresh-cookie';

type Headers = NonNullable<ApiResponseOptions['headers']>;

/** For the document: an answer with tokens may bring the cookie, too. */
export const SETS_REFRESH_COOKIE: Headers = {
  'Set-Cookie': {
    description: `Where the session's transport is the cookie and the answer has tokens: the refresh token, in \`${REFRESH_COOKIE}\`.`,
    schema: { type: 'string', example: refreshCookie('csr_AAAAAQGWq3…', 604_800) },
  },
};

/** For the document: an answer that takes the cookie away. */
export const REMOVES_REFRESH_COOKIE: Headers = {
  'Set-Cookie': {
    description: `Takes \`${REFRESH_COOKIE}\` away.`,
    schema: { type: 'string', example: noRefreshCookie() },
  },
};
