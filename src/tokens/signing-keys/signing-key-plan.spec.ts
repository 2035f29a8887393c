import {
  activatesAt,
  type KeyOccasion,
  type KeyPolicy,
  type KeyStep,
  type PlannedKey,
  planKeys,
  verifiesUntil,
} from './signing-key-plan';

const NOW = new Date('2026-06-01T12:00:00Z');
const DAY = 86_400;
const POLICY: KeyPolicy = { algorithm: 'ES256', rotation: 90 * DAY, jwksMaxAge: 300 };
/** 3600 s that a token may live at most, a minute for replicas that lag, one for clocks that differ. */
const RETIRED_FOR = 3720;

const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);

function aKey(kid: string, state: PlannedKey['state'], changes: Partial<PlannedKey> = {}): PlannedKey {
  const never = { requestedAt: null, activatedAt: null, retiredAt: null };
  return { kid, alg: 'ES256', state, createdAt: ago(DAY), ...never, ...changes };
}

const active = (since: number, changes: Partial<PlannedKey> = {}) =>
  aKey('active', 'active', { createdAt: ago(since), activatedAt: ago(since), ...changes });
const next = (since: number, changes: Partial<PlannedKey> = {}) =>
  aKey('next', 'next', { createdAt: ago(since), ...changes });
const retired = (since: number, kid = 'retired') =>
  aKey(kid, 'retired', { createdAt: ago(200 * DAY), activatedAt: ago(100 * DAY), retiredAt: ago(since) });

/** `make next RS256`, `retire active`. */
function inShort(steps: readonly KeyStep[]): string[] {
  return steps.map((step) => (step.do === 'make' ? `make ${step.state} ${step.alg}` : `${step.do} ${step.kid}`));
}

const TURN = ['retire active', 'activate next', 'make next ES256'];

describe(planKeys.name, () => {
  it.each<[string, KeyOccasion, PlannedKey[], string[], Partial<KeyPolicy>?]>([
    ['makes both keys at the very first start', 'start', [], ['make active ES256', 'make next ES256']],
    [
      'makes both of the algorithm that is set',
      'start',
      [],
      ['make active HS256', 'make next HS256'],
      { algorithm: 'HS256' },
    ],
    ['leaves complete keys alone at a start', 'start', [active(DAY), next(DAY)], []],
    [
      'leaves them alone at a start that is overdue: time has its own occasion',
      'start',
      [active(91 * DAY), next(DAY)],
      [],
    ],
    [
      'replaces the next key when another algorithm is set, and goes on signing with the old one',
      'start',
      [active(DAY), next(DAY)],
      ['drop next', 'make next RS256'],
      { algorithm: 'RS256' },
    ],
    [
      'does nothing at the second replica that starts with the new algorithm',
      'start',
      [active(DAY), next(10, { alg: 'RS256' })],
      [],
      { algorithm: 'RS256' },
    ],
    [
      'takes a change of the algorithm back',
      'start',
      [active(DAY), next(10, { alg: 'RS256' })],
      ['drop next', 'make next ES256'],
    ],
    [
      'follows the algorithm of the next key where this process is set to another: not the old replica decides',
      'tick',
      [active(DAY), next(DAY, { alg: 'RS256' })],
      ['retire active', 'activate next', 'make next RS256'],
    ],
    [
      'does not turn back what a replica with the newer setting began',
      'tick',
      [active(1, { alg: 'RS256' }), next(1, { alg: 'RS256' }), retired(1)],
      [],
    ],
    [
      'waits with another algorithm until its key was published long enough',
      'tick',
      [active(200 * DAY), next(599, { alg: 'PS256' })],
      [],
    ],
    [
      'and then signs with it at once, however new the key of the old algorithm is',
      'tick',
      [active(700), next(600, { alg: 'PS256' })],
      ['retire active', 'activate next', 'make next PS256'],
    ],
    ['keeps a key that is not old enough', 'tick', [active(90 * DAY - 1), next(DAY)], []],
    ['rotates on schedule', 'tick', [active(90 * DAY), next(DAY)], TURN],
    ['rotates by a shorter schedule', 'tick', [active(3600), next(3600)], TURN, { rotation: 3600 }],
    ['not before the next key was published twice as long as it is cached', 'tick', [active(100 * DAY), next(599)], []],
    ['but then', 'tick', [active(100 * DAY), next(600)], TURN],
    ['counts by the cache time that is set', 'tick', [active(100 * DAY), next(119)], [], { jwksMaxAge: 60 }],
    ['(then)', 'tick', [active(100 * DAY), next(120)], TURN, { jwksMaxAge: 60 }],
    [
      'keeps a retired key while a token of it may live',
      'tick',
      [active(DAY), next(DAY), retired(RETIRED_FOR - 1)],
      [],
    ],
    ['drops it after that', 'tick', [active(DAY), next(DAY), retired(RETIRED_FOR)], ['drop retired']],
    [
      'drops and rotates at once where both are due',
      'tick',
      [active(90 * DAY), next(DAY), retired(RETIRED_FOR, 'older'), retired(5)],
      ['drop older', ...TURN],
    ],
    ['rotates when an operator asks', 'rotate', [active(10), next(600)], TURN],
    ['notes the wish when the next key is too new', 'rotate', [active(DAY), next(599)], ['request next']],
    ['once', 'rotate', [active(DAY), next(599, { requestedAt: ago(5) })], []],
    ['fulfils it when it is time', 'tick', [active(DAY), next(600, { requestedAt: ago(5) })], TURN],
    ['and not before', 'tick', [active(DAY), next(599, { requestedAt: ago(5) })], []],
    [
      'removes a leaked key at once, however new the next one is',
      'compromised',
      [active(DAY), next(0)],
      ['revoke active', 'activate next', 'make next ES256'],
    ],
    [
      'and every other that has signed',
      'compromised',
      [active(5), next(5), retired(5)],
      ['revoke active', 'revoke retired', 'activate next', 'make next ES256'],
    ],
    [
      'signs with the new algorithm where a change is under way',
      'compromised',
      [active(DAY), next(5, { alg: 'RS256' })],
      ['revoke active', 'activate next', 'make next RS256'],
    ],
    ['makes a next key where it is missing', 'tick', [active(DAY)], ['make next ES256'], { algorithm: 'RS256' }],
    ['signs with the next key where no other is', 'tick', [next(5)], ['activate next', 'make next ES256']],
    [
      'removes a leaked key where there is no next one',
      'compromised',
      [active(DAY)],
      ['revoke active', 'make active ES256', 'make next ES256'],
    ],
    ['makes all keys anew where all are gone', 'compromised', [], ['make active ES256', 'make next ES256']],
  ])('%s', (_, occasion, keys, expected, policy = {}) => {
    expect(inShort(planKeys(keys, occasion, { ...POLICY, ...policy }, NOW))).toEqual(expected);
  });

  it('leaves exactly one active and one next key, whatever it starts from', () => {
    const occasions: KeyOccasion[] = ['start', 'tick', 'rotate', 'compromised'];
    const actives = [[], [active(5)], [active(91 * DAY)], [active(5, { alg: 'RS256' })]];
    const nexts = [[], [next(5)], [next(DAY)], [next(DAY, { alg: 'HS256' })], [next(5, { requestedAt: ago(1) })]];
    for (const occasion of occasions) {
      for (const before of actives.flatMap((some) => nexts.map((others) => [...some, ...others, retired(5)]))) {
        const states = new Map<string, string>(before.map(({ kid, state }) => [kid, state]));
        for (const step of planKeys(before, occasion, POLICY, NOW)) {
          if (step.do === 'make') states.set(`made ${step.state}`, step.state);
          else if (step.do === 'activate') states.set(step.kid, 'active');
          else if (step.do === 'retire') states.set(step.kid, 'retired');
          else if (step.do !== 'request') states.delete(step.kid);
          // The unique index holds after each statement, not only at the end.
          const now = [...states.values()];
          for (const state of ['active', 'next']) {
            expect(now.filter((each) => each === state).length).toBeLessThanOrEqual(1);
          }
        }
        const after = [...states.values()].filter((state) => state !== 'retired').sort();
        expect({ occasion, before, after }).toEqual({ occasion, before, after: ['active', 'next'] });
      }
    }
  });
});

describe(activatesAt.name, () => {
  it.each<[string, PlannedKey, PlannedKey | undefined, Date]>([
    ['the schedule', next(DAY), active(DAY), ago(-89 * DAY)],
    ['the earliest time where the schedule is overdue', next(0), active(91 * DAY), ago(-600)],
    ['the earliest time where somebody asked', next(10, { requestedAt: ago(5) }), active(DAY), ago(-590)],
    ['the earliest time where the algorithm changes', next(10, { alg: 'HS256' }), active(DAY), ago(-590)],
    ['the earliest time where nothing signs', next(10), undefined, ago(-590)],
  ])('is %s', (_, key, current, time) => {
    expect(activatesAt(key, current, POLICY)).toEqual(time);
  });
});

describe(verifiesUntil.name, () => {
  it('is the end of the longest token that any setting allows, and not of today’s', () => {
    expect(verifiesUntil(retired(0))).toEqual(ago(-RETIRED_FOR));
  });
});
