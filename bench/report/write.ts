import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOCS, README, RESULTS } from '../support/paths';
import { drawResults } from './draw';
import { caveat, inWords } from './machine';
import { toMarkdown } from './markdown';
import type { Results } from './results';

const BEGIN = '<!-- results of `npm run bench`, written by it -->';
const END = '<!-- end of results -->';

/** Keeps the results of this run, every round included. */
export function writeResults(results: Results): void {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, 'latest.json'), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(RESULTS, 'latest.md'), toMarkdown(results));
  writeFileSync(join(RESULTS, 'latest.svg'), drawResults(results));
}

/** Puts the results where people read them: docs/benchmarks.md, docs/benchmarks.svg, and the caption in the README. */
export function writeDocumentation(results: Results): void {
  replaceResults(join(DOCS, 'benchmarks.md'), toMarkdown(results));
  const caption = [`\`${results.command}\` made it on ${inWords(results.machine)}.`, ...caveat(results.machine)];
  replaceResults(README, `${caption.join('\n')}\n`);
  writeFileSync(join(DOCS, 'benchmarks.svg'), drawResults(results));
}

/** @throws Error when the page has no place for them */
function replaceResults(file: string, content: string): void {
  const page = readFileSync(file, 'utf8');
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${file} lacks the lines ${BEGIN} and ${END}`);
  writeFileSync(file, `${page.slice(0, begin)}${BEGIN}\n\n${content}\n${page.slice(end)}`);
}
