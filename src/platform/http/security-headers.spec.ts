import helmet from '@fastify/helmet';
import fastify from 'fastify';
import { BARE_SECURITY_HEADERS, DOCS_SECURITY_HEADERS, SECURITY_HEADERS } from './security-headers';

describe('The security headers', () => {
  it('are those of helmet, and our own policy and caching', async () => {
    const app = fastify();
    await app.register(helmet, {
      contentSecurityPolicy: false,
      crossOriginResourcePolicy: { policy: 'same-site' },
      hsts: { maxAge: 31_536_000, includeSubDomains: true },
      referrerPolicy: { policy: 'no-referrer' },
    });
    app.get('/', () => ({}));
    const { headers } = await app.inject('/');
    const ofHelmet = Object.entries(headers).filter(([name]) => !/^(content-|date$|connection$)/.test(name));
    await app.close();
    expect(SECURITY_HEADERS).toEqual({
      ...Object.fromEntries(ofHelmet),
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      'cache-control': 'no-store',
    });
  });

  it('have small letters, as the HTTP adapter keeps them', () => {
    for (const name of Object.keys(SECURITY_HEADERS)) expect(name).toBe(name.toLowerCase());
  });

  it('are never fewer for an answer that no hook sees, or for the documentation', () => {
    expect(SECURITY_HEADERS).toMatchObject(BARE_SECURITY_HEADERS);
    expect(Object.keys(DOCS_SECURITY_HEADERS)).toEqual(Object.keys(SECURITY_HEADERS));
  });
});
