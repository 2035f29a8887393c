import type { Type } from '@nestjs/common';

/** Your own modules. `npm run new:module NAME` adds one. Upstream never touches this file. */
export const modules: Type[] = [];
