import type { AssuranceRequirement } from './assurance';
import { DESCRIBED_DEMANDS } from './describe-requirement';

describe('What a controller and a method describe adds up', () => {
  it.each<[string, AssuranceRequirement[][], object[]]>([
    ['one that says nothing', [[{}]], [{ acr: 'aal2' }]],
    ['a rung below a second factor', [[{ acr: 'aal1' }]], [{ acr: 'aal2' }]],
    [
      'the higher rung and the shorter age',
      [[{ acr: 'phr', maxAge: 600 }], [{ maxAge: 60 }]],
      [{ acr: 'phr', maxAge: 60 }],
    ],
    [
      'methods of both: one of each',
      [[{ methods: ['otp'] }], [{ maxAge: 60, methods: ['hwk', 'swk'] }]],
      [
        { acr: 'aal2', maxAge: 60, methods: ['otp'] },
        { acr: 'aal2', maxAge: 60, methods: ['hwk', 'swk'] },
      ],
    ],
    [
      'methods of a base class too',
      [[{ methods: ['otp'] }, { methods: ['hwk'] }], [{}]],
      [
        { acr: 'aal2', methods: ['otp'] },
        { acr: 'aal2', methods: ['hwk'] },
      ],
    ],
  ])('a second factor: %s', (_, described, demanded) => {
    expect(DESCRIBED_DEMANDS['x-required-mfa'](described)).toEqual(demanded);
  });

  it('the shorter age, and every permission and role once', () => {
    expect(DESCRIBED_DEMANDS['x-recent-authentication']([600, 60])).toBe(60);
    expect(DESCRIBED_DEMANDS['x-required-permissions']([['a', 'b'], ['b']])).toEqual(['a', 'b']);
    expect(DESCRIBED_DEMANDS['x-required-roles']([['a'], ['b', 'a']])).toEqual(['a', 'b']);
  });
});
