import type { Principal } from '../../access/principal';
import { VerifiedTokenCache } from './verified-token-cache';

const tokenOf = (userId: string) => ({ kid: 'k1', principal: { userId } as Principal });

describe(VerifiedTokenCache.name, () => {
  const cache = new VerifiedTokenCache();
  const [ada, eve] = [tokenOf('ada'), tokenOf('eve')];
  cache.remember(cache.keyOf('Bearer a'), ada);
  cache.remember(cache.keyOf('Bearer b'), eve);

  it('finds a token by the whole header, and no other', () => {
    expect(cache.find(cache.keyOf('Bearer a'))).toBe(ada);
    for (const other of ['bearer a', 'Bearer a ', 'Bearer A', 'a', '']) {
      expect(cache.find(cache.keyOf(other))).toBeUndefined();
    }
  });

  it('finds what a connection showed last by the whole header, and nothing of another connection', () => {
    const [one, other] = [{}, {}];
    cache.rememberLatest(one, 'Bearer a', ada);
    expect(cache.findLatest(one, 'Bearer a')).toBe(ada);
    for (const header of ['Bearer b', 'bearer a', 'Bearer a ', '']) {
      expect(cache.findLatest(one, header)).toBeUndefined();
    }
    expect(cache.findLatest(other, 'Bearer a')).toBeUndefined();
  });

  it('keeps one header a connection', () => {
    const connection = {};
    cache.rememberLatest(connection, 'Bearer a', ada);
    cache.rememberLatest(connection, 'Bearer b', eve);
    expect(cache.findLatest(connection, 'Bearer a')).toBeUndefined();
    expect(cache.findLatest(connection, 'Bearer b')).toBe(eve);
  });
});
