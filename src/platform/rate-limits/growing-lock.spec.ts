import { lockSecondsAfter } from './growing-lock';

describe(lockSecondsAfter, () => {
  it.each([
    [1, 0],
    [9, 0],
    [10, 30],
    [11, 60],
    [12, 120],
    [16, 1920],
    [17, 3600],
    [2000, 3600],
  ])('after %d failures of 10: %d s', (failures, seconds) => {
    expect(lockSecondsAfter(failures, 10)).toBe(seconds);
  });
});
