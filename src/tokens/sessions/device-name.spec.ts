import { deviceFamily, deviceName } from './device-name';

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';

describe(deviceName.name, () => {
  it.each([
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/126.0.0.0 Safari/537.36`, 'Chrome on Windows'],
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/126.0.0.0 Safari/537.36 Edg/126.0`,
      'Microsoft Edge on Windows',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15',
      'Safari on macOS',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
      'Safari on iOS',
    ],
    [`Mozilla/5.0 (Linux; Android 14; Pixel 8) ${WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36`, 'Chrome on Android'],
  ])('knows the browser of %s', (userAgent, name) => {
    expect(deviceName(userAgent)).toBe(name);
  });

  it.each([
    ['curl/8.5.0', 'curl 8.5.0'],
    ['MyApp/1.2', 'MyApp 1.2'],
    ['MyApp/1.2 (iPhone; iOS 17.1)', 'MyApp 1.2 on iOS'],
    ['MyApp/1.2 CFNetwork/1494.0.7 Darwin/23.4.0', 'MyApp 1.2'],
    ['okhttp/4.12.0', 'okhttp 4.12.0'],
    ['node', 'node'],
  ])('takes the word of %s for what it is', (userAgent, name) => {
    expect(deviceName(userAgent)).toBe(name);
  });

  it.each(['', '   ', '()', '<script>alert(1)</script>', '\u202eevil/1', '/1.0', '💻', 'Mozilla/5.0'])(
    'finds nothing in %j',
    (userAgent) => {
      expect(deviceName(userAgent)).toBe('Unknown device');
    },
  );

  it.each([
    'a'.repeat(100_000),
    `${'a'.repeat(40)}/${'1'.repeat(100_000)}`,
    'Mozilla/5.0 (Windows <img src=x onerror=alert(1)>) Chrome/126\r\nset-cookie: a=b',
    'Mozilla/5.0 (Linux; Android 14; \u0000\u0007\u001b[31m) <b>Evil</b>/1.0',
    'Evil\u001b[2J/1.0 (iPhone)',
    `Mozilla/5.0 ${'('.repeat(50_000)}`,
    `Mozilla/5.0 ${' '.repeat(50_000)}x/1`,
    `Mozilla/5.0 ${'<svg>/1 '.repeat(10_000)}`,
    '__proto__/1.0 constructor/1.0',
    'msie|opr|'.repeat(10_000),
  ])('gives short printable text, at once, for a hostile one', (userAgent) => {
    const begun = performance.now();
    const name = deviceName(userAgent);
    expect(performance.now() - begun).toBeLessThan(500);
    expect(name).toMatch(/^[A-Za-z0-9 ._+-]{1,100}$/);
  });
});

describe(deviceFamily.name, () => {
  it.each([
    ['curl/8.5.0', 'curl'],
    ['MyApp/1.2 (iPhone; iOS 17.1)', 'MyApp on iOS'],
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/126.0.0.0 Safari/537.36`, 'Chrome on Windows'],
    ['', 'Unknown device'],
  ])('is, of %s, %s', (userAgent, family) => {
    expect(deviceFamily(userAgent)).toBe(family);
  });
});
