import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeskFactor } from './desk.factor';

describe(DeskFactor, () => {
  it('is what docs/extending.md shows', () => {
    const source = readFileSync(join(__dirname, 'desk.factor.ts'), 'utf8');
    const shown = source.slice(source.indexOf('/** Somebody at the front desk'));
    expect(readFileSync(join(__dirname, '..', '..', 'docs', 'extending.md'), 'utf8')).toContain(`\n${shown}`);
  });
});
