import { validate, version } from 'uuid';
import { newRequestId } from './request-id';

describe(newRequestId.name, () => {
  it('makes UUIDv7s that differ, beyond one draw of chance', () => {
    const ids = Array.from({ length: 1000 }, newRequestId);
    expect(new Set(ids).size).toBe(1000);
    expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
  });
});
