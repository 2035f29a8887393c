import { distanceBetween, isImpossibleTravel } from './travel';

const place = (latitude: number, longitude: number, radius = 0) => ({ latitude, longitude, radius });
const LONDON = place(51.5, -0.13);
const PARIS = place(48.86, 2.35);
const NEW_YORK = place(40.71, -74.01);
const FIJI_WEST = place(-17, 179.9);
const FIJI_EAST = place(-17, -179.9);
const HOUR = 3600;
const SPEED = 1000;

describe(distanceBetween.name, () => {
  it.each([
    ['London to Paris', LONDON, PARIS, 344],
    ['London to New York', LONDON, NEW_YORK, 5570],
    ['over the date line', FIJI_WEST, FIJI_EAST, 21],
    ['to the other side of the earth', place(0, 0), place(0, 180), 20_015],
    ['nowhere', LONDON, LONDON, 0],
  ])('%s', (_what, from, to, kilometres) => {
    expect(Math.abs(distanceBetween(from, to) - kilometres)).toBeLessThan(5);
    expect(distanceBetween(to, from)).toBeCloseTo(distanceBetween(from, to));
  });
});

describe(isImpossibleTravel.name, () => {
  it.each([
    ['within five minutes', LONDON, NEW_YORK, 300, true],
    ['in five hours', LONDON, NEW_YORK, 5 * HOUR, true],
    ['in a day', LONDON, NEW_YORK, 24 * HOUR, false],
    ['nearby, at once', LONDON, PARIS, 0, false],
    ['over the date line, at once', FIJI_WEST, FIJI_EAST, 0, false],
    ['by a clock that went back', LONDON, NEW_YORK, -HOUR, true],
    ['where nobody knows the place within a continent', { ...LONDON, radius: 5200 }, NEW_YORK, 0, false],
  ])('%s', (_what, from, to, seconds, isImpossible) => {
    expect(isImpossibleTravel(from, to, seconds, SPEED)).toBe(isImpossible);
  });
});
