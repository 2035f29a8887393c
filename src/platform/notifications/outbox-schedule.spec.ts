import { nextTryAt } from './outbox-schedule';

const createdAt = new Date('2026-06-01T12:00:00Z');
const after = (seconds: number) => new Date(createdAt.getTime() + seconds * 1000);

describe(nextTryAt.name, () => {
  it.each([
    [1, 30],
    [2, 60],
    [3, 120],
    [8, 3840],
    [11, 21_600],
    [50, 21_600],
  ])('pauses after try %i for %i seconds', (attempts, pause) => {
    expect(nextTryAt({ attempts, createdAt, expiresAt: null }, createdAt)).toEqual(after(pause));
  });

  it('gives up after three days', () => {
    const almost = after(3 * 86_400 - 31);
    expect(nextTryAt({ attempts: 1, createdAt, expiresAt: null }, almost)).toEqual(after(3 * 86_400 - 1));
    expect(nextTryAt({ attempts: 1, createdAt, expiresAt: null }, after(3 * 86_400 - 30))).toBeNull();
  });

  it('gives up what would come too late', () => {
    expect(nextTryAt({ attempts: 1, createdAt, expiresAt: after(31) }, createdAt)).toEqual(after(30));
    expect(nextTryAt({ attempts: 1, createdAt, expiresAt: after(30) }, createdAt)).toBeNull();
  });

  it('has tried for more than an hour by the eighth time', () => {
    let now = createdAt;
    for (let attempts = 1; attempts <= 8; attempts++) now = nextTryAt({ attempts, createdAt, expiresAt: null }, now)!;
    expect(now.getTime()).toBeGreaterThan(after(3600).getTime());
  });
});
