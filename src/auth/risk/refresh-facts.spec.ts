import { RefreshFacts } from './refresh-facts';

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const chrome = (version: number, system = 'Windows NT 10.0; Win64; x64') =>
  `Mozilla/5.0 (${system}) ${WEBKIT} Chrome/${version}.0.0.0 Safari/537.36`;
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; rv:127.0) Gecko/20100101 Firefox/127.0';
const AT = new Date('2026-06-01T12:00:00Z');

interface Client {
  readonly ip?: string;
  readonly userAgent?: string;
}

function facts(before: Client, now: Client, seconds = 60): RefreshFacts {
  const client = { ip: '192.0.2.7', userAgent: chrome(126) };
  const later = new Date(AT.getTime() + seconds * 1000);
  return new RefreshFacts('user', 'session', { ...client, ...before, at: AT }, { ...client, ...now, at: later });
}

describe(RefreshFacts, () => {
  it.each([
    ['192.0.2.7', '192.0.2.7', false],
    ['192.0.2.7', '192.0.2.200', false],
    ['192.0.2.7', '::ffff:192.0.2.200', false],
    ['192.0.2.7', '198.51.100.7', true],
    ['2001:db8:1:2::1', '2001:db8:1:ffff::9', false],
    ['2001:db8:1::1', '2001:db8:2::1', true],
    ['192.0.2.7', '2001:db8:1::1', true],
  ])('from %s to %s: a new network: %s', (from, to, isNew) => {
    expect(facts({ ip: from }, { ip: to }).isNewNetwork).toBe(isNew);
  });

  it.each([
    ['another version of the browser', chrome(126), chrome(140), false],
    ['another browser', chrome(126), FIREFOX, true],
    ['another system', chrome(126), chrome(126, 'X11; Linux x86_64'), true],
    ['another version of an application', 'MyApp/1.2 (iPhone; iOS 17.1)', 'MyApp/2.0 (iPhone; iOS 18.0)', false],
    ['another application', 'MyApp/1.2 (iPhone; iOS 17.1)', 'curl/8.5.0', true],
    ['no name any more', chrome(126), '', true],
    ['no name, as before', '', '', false],
  ])('with %s: a new device or not', (_what, before, now, isNew) => {
    expect(facts({ userAgent: before }, { userAgent: now }).isNewDevice).toBe(isNew);
  });

  it('says for how long nobody came', () => {
    expect(facts({}, {}, 90).idleSeconds).toBe(90);
  });
});
