import { smtpOptions } from './smtp-options';

describe(smtpOptions.name, () => {
  it.each([
    ['smtp://mail.example.com', { host: 'mail.example.com', port: 587, secure: false }],
    ['smtps://mail.example.com', { host: 'mail.example.com', port: 465, secure: true }],
    ['smtp://mail.example.com:80', { port: 80 }],
    ['smtp://[::1]:2525', { host: '::1', port: 2525 }],
    ['smtp://a%40b:p%3Aw%2F@mail.example.com:25/', { port: 25, auth: { user: 'a@b', pass: 'p:w/' } }],
  ])('reads %s', (url, expected) => {
    expect(smtpOptions(url, true)).toMatchObject(expected);
  });

  it.each([
    ['smtp://mail.example.com', true, true],
    ['smtp://mailpit:1025', false, false],
    ['smtp://ada:secret@mail.example.com', false, true],
    ['smtp://127.0.0.1:2525', true, false],
    ['smtp://localhost:2525', true, false],
    ['smtp://localhost.example.com', true, true],
    ['smtp://127.0.0.1.example.com', true, true],
  ])('sends nothing in the clear beyond this machine: %s, production %s', (url, isProduction, requireTLS) => {
    expect(smtpOptions(url, isProduction).requireTLS).toBe(requireTLS);
  });

  it.each(['smtp://localhost', 'smtps://mail.example.com'])('verifies the certificate of %s', (url) => {
    expect(smtpOptions(url, false).tls).toEqual({ minVersion: 'TLSv1.2', rejectUnauthorized: true });
  });
});
