import type { OpenAPIObject } from '@nestjs/swagger';

type PathItem = OpenAPIObject['paths'][string];

/** An operation of the document, with the notes that decorators left on it. */
export type Operation = NonNullable<PathItem['get']> & Record<`x-${string}`, unknown>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Method = (typeof METHODS)[number];

export function operationsOf(path: PathItem): { method: Method; operation: Operation }[] {
  return METHODS.flatMap((method) => {
    const operation = path[method] as Operation | undefined;
    return operation === undefined ? [] : [{ method, operation }];
  });
}
