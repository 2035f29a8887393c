import { validate, version } from 'uuid';
import { newId } from './new-id';

describe(newId.name, () => {
  const ids = Array.from({ length: 1000 }, newId);

  it('makes UUIDv7s that differ, beyond one draw of chance', () => {
    expect(new Set(ids).size).toBe(1000);
    expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
  });

  it('makes them rise, also within a millisecond', () => {
    expect(ids.toSorted()).toEqual(ids);
  });

  it('leaves what follows the order to chance', () => {
    expect(new Set(ids.map((id) => id.slice(-10))).size).toBe(1000);
  });
});
