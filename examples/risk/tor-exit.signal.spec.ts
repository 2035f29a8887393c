import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RefreshFacts } from '../../src/auth/risk/refresh-facts';
import { TorExitSignal } from './tor-exit.signal';

describe(TorExitSignal, () => {
  const signal = new TorExitSignal({ has: (ip) => ip.startsWith('203.0.113.') });

  it.each([
    ['192.0.2.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.9', false],
    ['203.0.113.7', '192.0.2.7', false],
    ['192.0.2.7', '198.51.100.7', false],
  ])('suspects, from %s to %s: %s', (from, to, isSuspect) => {
    const at = new Date(0);
    const facts = new RefreshFacts('user', 'session', { ip: from, userAgent: '', at }, { ip: to, userAgent: '', at });
    expect(signal.suspects(facts)).toBe(isSuspect);
  });

  it('is what docs/extending.md shows', () => {
    const source = readFileSync(join(__dirname, 'tor-exit.signal.ts'), 'utf8');
    const shown = source.slice(source.indexOf('/** The session was used from elsewhere'));
    expect(readFileSync(join(__dirname, '..', '..', 'docs', 'extending.md'), 'utf8')).toContain(`\n${shown}`);
  });
});
