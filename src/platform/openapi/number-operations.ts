import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf } from './operation';

const UNNUMBERED = Number.POSITIVE_INFINITY;

/**
 * Numbers the routes within their numbered group, e.g. `3.2`, and puts them in that order.
 *
 * @param declared operation ids in the order in which the controllers declare them
 */
export function numberOperations(document: OpenAPIObject, declared: readonly string[]): void {
  const paths = Object.entries(document.paths).map(([path, item]) => {
    const all = operationsOf(item).map(({ operation }) => operation);
    return { path, item, first: Math.min(...all.map(({ tags }) => groupOf(tags))), operations: all };
  });
  const rank = new Map(declared.map((id, at) => [id, at]));
  const rankOf = (id: string | undefined) => rank.get(id ?? '') ?? declared.length;
  const inOrder = paths
    .flatMap(({ operations }) => operations)
    .sort((a, b) => rankOf(a.operationId) - rankOf(b.operationId));
  const counts = new Map<number, number>();
  for (const operation of inOrder) {
    const group = groupOf(operation.tags);
    if (group === UNNUMBERED) continue;
    const count = (counts.get(group) ?? 0) + 1;
    counts.set(group, count);
    operation.summary = `${group}.${count} ${operation.summary ?? ''}`;
  }
  const earliest = ({ operations }: { operations: { operationId?: string }[] }) =>
    Math.min(...operations.map(({ operationId }) => rankOf(operationId)));
  // Equal groups, the unnumbered ones among them, by declaration.
  paths.sort((a, b) => (a.first === b.first ? earliest(a) - earliest(b) : a.first - b.first));
  document.paths = Object.fromEntries(paths.map(({ path, item }) => [path, item]));
}

function groupOf(tags: readonly string[] | undefined): number {
  const number = /^(\d+)\. /.exec(tags?.[0] ?? '')?.[1];
  return number === undefined ? UNNUMBERED : Number(number);
}
