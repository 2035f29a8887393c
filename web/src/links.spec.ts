import { messageLinkIn, routeIn } from './links';

describe('What stands behind #', () => {
  it.each([
    ['#verify-email=Qm9-q3_x', { is: 'verify-email', token: 'Qm9-q3_x' }],
    ['#reset-password=abc', { is: 'reset-password', token: 'abc' }],
    ['#reset-password=', undefined],
    ['#reset-password=a b', undefined],
    ['#reset-password=<b>', undefined],
    ['#other=abc', undefined],
    ['', undefined],
  ])('%s', (hash, link) => {
    expect(messageLinkIn(hash)).toEqual(link);
  });

  it.each([
    ['', 'login'],
    ['#register', 'register'],
    ['#forgot', 'forgot'],
    ['#__proto__', 'login'],
  ])('%s leads to %s', (hash, route) => {
    expect(routeIn(hash)).toBe(route);
  });
});
