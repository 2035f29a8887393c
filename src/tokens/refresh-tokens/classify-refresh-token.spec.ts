import { classifyRefreshToken } from './classify-refresh-token';

const rotatedAt = new Date('2026-01-01T12:00:00Z');
const after = (seconds: number) => new Date(rotatedAt.getTime() + seconds * 1000);
const GRACE = 30;

describe(classifyRefreshToken, () => {
  it.each([
    ['the counter', 7, { counter: 7, supersededCounter: 3, rotatedAt }, 0, 'current'],
    ['one behind, at once', 6, { counter: 7, supersededCounter: null, rotatedAt }, 0, 'previous'],
    ['one behind, at the end of the grace', 6, { counter: 7, supersededCounter: null, rotatedAt }, 30, 'previous'],
    ['one behind, a second later', 6, { counter: 7, supersededCounter: null, rotatedAt }, 31, 'reused'],
    ['two behind', 5, { counter: 7, supersededCounter: null, rotatedAt }, 0, 'reused'],
    ['one ahead, which was never made', 8, { counter: 7, supersededCounter: null, rotatedAt }, 0, 'reused'],
    ['the one a second factor superseded', 5, { counter: 7, supersededCounter: 5, rotatedAt: null }, 0, 'superseded'],
    [
      'the superseded one, after further refreshes',
      5,
      { counter: 9, supersededCounter: 5, rotatedAt },
      0,
      'superseded',
    ],
    [
      'the one before it, as recent as two tabs explain',
      4,
      { counter: 7, supersededCounter: 5, rotatedAt },
      30,
      'superseded',
    ],
    ['the one before it, a second later', 4, { counter: 7, supersededCounter: 5, rotatedAt }, 31, 'reused'],
    ['the one before it, after a further refresh', 4, { counter: 8, supersededCounter: 5, rotatedAt }, 0, 'reused'],
    ['one that never was, between the two', 6, { counter: 7, supersededCounter: 5, rotatedAt: null }, 0, 'reused'],
    [
      'the first of two that were superseded in a row',
      5,
      { counter: 9, supersededCounter: 7, supersededFrom: 5, rotatedAt },
      31,
      'superseded',
    ],
    ['the last of them', 7, { counter: 9, supersededCounter: 7, supersededFrom: 5, rotatedAt }, 31, 'superseded'],
    [
      'one that never was, between them',
      6,
      { counter: 9, supersededCounter: 7, supersededFrom: 5, rotatedAt },
      0,
      'reused',
    ],
    [
      'the one before the first, as recent as two tabs explain',
      4,
      { counter: 9, supersededCounter: 7, supersededFrom: 5, rotatedAt },
      30,
      'superseded',
    ],
    [
      'the one before the first, a second later',
      4,
      { counter: 9, supersededCounter: 7, supersededFrom: 5, rotatedAt },
      31,
      'reused',
    ],
    [
      'those in a row, after a further refresh',
      5,
      { counter: 10, supersededCounter: 7, supersededFrom: 5, rotatedAt },
      0,
      'superseded',
    ],
    [
      'the first of a row, after a refresh and another second factor',
      5,
      { counter: 12, supersededCounter: 10, supersededFrom: 10, rotatedAt },
      0,
      'reused',
    ],
    ['one older than those', 3, { counter: 7, supersededCounter: 5, rotatedAt }, 0, 'reused'],
  ] as const)('%s', (_, presented, counters, seconds, standing) => {
    expect(
      classifyRefreshToken(
        presented,
        { supersededFrom: counters.supersededCounter, ...counters },
        after(seconds),
        GRACE,
      ),
    ).toBe(standing);
  });
});
