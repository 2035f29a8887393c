import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What decides, and every value it can have. */
export type Dimensions = Readonly<Record<string, readonly string[]>>;
export type Combination<D extends Dimensions> = { readonly [K in keyof D]: D[K][number] };
/** What a row is about; a dimension that is left out may have any value. */
export type When<D extends Dimensions> = { readonly [K in keyof D]?: D[K][number] | readonly D[K][number][] };
export type Row<D extends Dimensions> = readonly [when: When<D>, then: string];

export function combinationsOf<D extends Dimensions>(dimensions: D): Combination<D>[] {
  return Object.entries(dimensions).reduce<Record<string, string>[]>(
    (sofar, [dimension, values]) => sofar.flatMap((each) => values.map((value) => ({ ...each, [dimension]: value }))),
    [{}],
  ) as unknown as Combination<D>[];
}

export function matches<D extends Dimensions>([when]: Row<D>, combination: Combination<D>): boolean {
  return Object.entries(when).every(([dimension, values]) => [values].flat().includes(combination[dimension] as never));
}

export function inWords<D extends Dimensions>([when, then]: Row<D>): string {
  const conditions = Object.entries(when).map(([dimension, values]) => `${dimension} ${[values].flat().join(' or ')}`);
  return `${conditions.join('; ')}: ${then}`;
}

/** The table as docs/assurance.md shows it, under these headings and `comes out`. */
function markdown<D extends Dimensions>(
  dimensions: D,
  headings: readonly string[],
  table: readonly Row<D>[],
): string[] {
  const cell = (when: When<D>, dimension: string) => [when[dimension] ?? 'any'].flat().join(' · ');
  return [
    `| ${headings.join(' | ')} | comes out |`,
    `|${'---|'.repeat(headings.length + 1)}`,
    ...table.map(
      ([when, then]) =>
        `| ${Object.keys(dimensions)
          .map((each) => cell(when, each))
          .join(' | ')} | ${then} |`,
    ),
  ];
}

/** Expects docs/assurance.md to show the table between its marks; TEST_UPDATE_DOCS=1 writes it. */
export function expectInDocs<D extends Dimensions>(
  mark: string,
  dimensions: D,
  headings: readonly string[],
  table: readonly Row<D>[],
): void {
  const file = join(__dirname, '..', '..', 'docs', 'assurance.md');
  const before = readFileSync(file, 'utf8');
  const between = new RegExp(`(<!-- ${mark}:start -->\n).*(\n<!-- ${mark}:end -->)`, 's');
  expect(before).toMatch(between);
  const after = before.replace(between, (_, start: string, end: string) =>
    [start, ...markdown(dimensions, headings, table), end].join('\n'),
  );
  if (process.env['TEST_UPDATE_DOCS']) writeFileSync(file, after);
  else expect(before).toBe(after);
}
