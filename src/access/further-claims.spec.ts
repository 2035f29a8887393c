import { assertDeclaredJson, assertSize, deeplyFrozen, objectionToClaimName, withoutReserved } from './further-claims';

describe(objectionToClaimName.name, () => {
  it.each(['tenant', 'org', 'https://example.com/tenant', 'x', 'a'.repeat(128)])('has none to %s', (name) => {
    expect(objectionToClaimName(name)).toBeUndefined();
  });

  it.each([
    'sub',
    'iss',
    'aud',
    'exp',
    'acr',
    'amr',
    'mfa_time',
    'roles',
    'permissions',
    'email',
    'phone_number',
    'sid',
  ])('keeps %s for what it means', (name) => {
    expect(objectionToClaimName(name)).toMatch(/reserved/);
  });

  it.each(['', ' ', '__proto__', '1', 'a b', 'é', 'a'.repeat(129), 'a\n'])('does not take %j for a name', (name) => {
    expect(objectionToClaimName(name)).toMatch(/not a name/);
  });
});

describe(withoutReserved.name, () => {
  it('leaves what is neither registered nor ours', () => {
    expect(withoutReserved({ sub: 'x', iss: 'x', mfa_time: 1, tenant: 'acme', n: 1 })).toEqual({
      tenant: 'acme',
      n: 1,
    });
  });
});

describe(assertDeclaredJson.name, () => {
  const check = (claims: unknown) => () => {
    assertDeclaredJson(claims, ['tenant']);
  };

  it.each([{}, { tenant: 'acme' }, { tenant: null }, { tenant: [1, 'a', true, { b: [] }] }, Object.create(null)])(
    'takes %j',
    (claims) => {
      expect(check(claims)).not.toThrow();
    },
  );

  it('refuses what was not declared', () => {
    expect(check({ tenant: 'acme', org: 'x' })).toThrow('Claim org is not among the declared names');
    expect(check(JSON.parse('{"__proto__":"x"}'))).toThrow(/__proto__/);
  });

  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  class Tenant {
    readonly name = 'acme';
  }
  const NOT_JSON: [string, unknown][] = [
    ['undefined', undefined],
    ['a function', () => 'acme'],
    ['a symbol', Symbol('acme')],
    ['a bigint', 1n],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['an instance', new Tenant()],
    ['something with toJSON', { toJSON: () => 'other' }],
    ['a hole', [, 1]], // eslint-disable-line no-sparse-arrays
    ['undefined deep inside', { a: [{ b: undefined }] }],
    ['a cycle', cycle],
    ['a promise', Promise.resolve('acme')],
  ];
  it.each(NOT_JSON)('refuses %s', (_, value) => {
    expect(check({ tenant: value })).toThrow('Claim tenant is not JSON');
  });

  it.each([undefined, null, 'text', 7, [], new Date(0), new Tenant()])('refuses %j for claims', (claims) => {
    expect(check(claims)).toThrow('plain object');
  });
});

describe(assertSize.name, () => {
  const ofBytes = (bytes: number, letter = 'x') => ({
    tenant: letter.repeat((bytes - 13) / Buffer.byteLength(letter)),
  });

  it('has room for 1 KiB of UTF-8, and no more', () => {
    expect(Buffer.byteLength(JSON.stringify(ofBytes(1024)))).toBe(1024);
    for (const letter of ['x', '€']) {
      expect(() => {
        assertSize(ofBytes(1024, letter));
      }).not.toThrow();
      expect(() => {
        assertSize(ofBytes(1024 + 3, letter));
      }).toThrow(/room for 1024/);
    }
  });
});

describe(deeplyFrozen.name, () => {
  it('freezes every part', () => {
    const value = deeplyFrozen({ a: [{ b: { c: 1 } }], d: null });
    const parts = [value, value.a, value.a[0], value.a[0]?.b];
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
  });
});
