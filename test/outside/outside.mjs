// The service as a stranger meets it: the built server, HTTP, oathtool for codes, jose and PyJWT for tokens.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { calculateJwkThumbprint, createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';

const folder = mkdtempSync(join(tmpdir(), 'countersign-outside-'));
const port = await freePort();
const issuer = `http://localhost:${port}`;
const algorithm = process.env.SIGNING_ALGORITHM ?? 'ES256';
const environment = {
  PATH: process.env.PATH,
  PORT: String(port),
  DATA_DIR: join(folder, 'data'),
  LOG_LEVEL: 'warn',
  SIGNING_ALGORITHM: algorithm,
};
const server = spawn(process.execPath, [resolve('dist/main.js')], {
  cwd: folder,
  env: environment,
  stdio: ['ignore', 'ignore', 'inherit'],
});
let passed = 0;
try {
  await ready();
  await journey();
  console.log(`\n${passed} passed, 0 failed`);
} finally {
  server.kill('SIGTERM');
  await once(server, 'exit');
  rmSync(folder, { recursive: true, force: true });
}

async function journey() {
  const name = { username: 'outsider', password: 'correct donkey cell staple' };
  await check('registers', 201, call('POST', '/v1/auth/register', name));
  const login = { identifier: name.username, password: name.password };
  const first = await check('signs in by password', 200, call('POST', '/v1/auth/login', login));
  const begun = await check('begins an app', 201, call('POST', '/v1/mfa/factors', { type: 'totp' }, first.accessToken));
  const { secret } = begun.enrollment;
  const activate = `/v1/mfa/factors/${begun.factor.id}/activate`;
  const code = oathtool(secret, 'now');
  const { auth } = await check('activates it by oathtool', 200, call('POST', activate, { code }, first.accessToken));

  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
  const rules = {
    issuer,
    audience: 'countersign',
    typ: 'at+jwt',
    algorithms: [algorithm],
    requiredClaims: ['sub', 'client_id', 'iat', 'exp', 'jti', 'auth_time'],
  };
  const { payload } = await jwtVerify(auth.accessToken, keys, rules);
  assert.equal(payload.acr, 'aal2');
  assert.deepEqual(payload.amr, ['pwd', 'otp', 'mfa']);
  const jwks = await (await fetch(`${issuer}/.well-known/jwks.json`)).json();
  for (const key of jwks.keys) {
    assert.equal(key.kid, await calculateJwkThumbprint(key));
    assert.equal(key.d, undefined);
  }
  assert.ok(jwks.keys.some(({ kid }) => kid === decodeProtectedHeader(auth.accessToken).kid));
  done('an independent library validates the token through the JWKS');
  const [header, , signature] = auth.accessToken.split('.');
  const forged = Buffer.from(JSON.stringify({ ...payload, roles: ['admin'] })).toString('base64url');
  assert.deepEqual(pyjwt(auth.accessToken, 'countersign'), payload);
  assert.equal(pyjwt(auth.accessToken, 'others'), 'InvalidAudienceError');
  assert.equal(pyjwt(`${header}.${forged}.${signature}`, 'countersign'), 'InvalidSignatureError');
  done('so does one that is not JavaScript, and refuses a forgery and another audience');
  await introspection(auth.accessToken);

  await check('lists payouts with a second factor', 200, call('GET', '/v1/payouts', undefined, auth.accessToken));
  await check('is refused without', 401, call('GET', '/v1/payouts', undefined, first.accessToken));
  const second = await check('is asked for the code', 200, call('POST', '/v1/auth/login', login));
  assert.equal(second.status, 'mfa_required');
  const challenge = await check('begins a challenge', 201, call('POST', '/v1/mfa/challenges', {}, second.mfaToken));
  const verify = `/v1/mfa/challenges/${challenge.id}/verify`;
  await check('is refused the code of the activation', 400, call('POST', verify, { code }, second.mfaToken));
  // The step after the activation's: within the window, and not used yet.
  const next = oathtool(secret, 'now + 30 seconds');
  const verified = await check('answers by oathtool', 200, call('POST', verify, { code: next }, second.mfaToken));
  const { refreshToken } = verified;
  await check('refreshes', 200, call('POST', '/v1/auth/refresh', { refreshToken }));
  await check('logs out', 204, call('POST', '/v1/auth/logout', {}, verified.accessToken));
  await check('is refused afterwards', 401, call('GET', '/v1/users/me', undefined, verified.accessToken));
}

async function introspection(token) {
  const metadata = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
  assert.equal(metadata.issuer, issuer);
  const args = ['create', '--name', 'outside', '--audience', 'countersign'];
  const made = execFileSync(process.execPath, [resolve('dist/cli/clients.js'), ...args], {
    cwd: folder,
    env: environment,
    encoding: 'utf8',
  });
  const [, id, secret] = /^client_id +(\S+)\nclient_secret +(\S+)\n/.exec(made);
  const ask = (about) =>
    execFileSync(
      'curl',
      [
        '--silent',
        '--fail',
        '--user',
        `${id}:${secret}`,
        '--data-urlencode',
        `token=${about}`,
        metadata.introspection_endpoint,
      ],
      { encoding: 'utf8' },
    );
  assert.equal(JSON.parse(ask(token)).active, true);
  assert.equal(ask(`${token}x`), '{"active":false}');
  done('a client that the command made introspects by curl');
}

/** @returns the claims, or the name of what was thrown */
function pyjwt(token, audience) {
  const args = ['test/outside/verify.py', `${issuer}/.well-known/jwks.json`, issuer, audience, algorithm];
  const env = { PATH: process.env.PATH };
  return JSON.parse(execFileSync('/usr/bin/python3', args, { input: token, env, encoding: 'utf8' }));
}

async function call(method, path, body, token) {
  return fetch(issuer + path, {
    method,
    headers: {
      ...(body && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: body && JSON.stringify(body),
  });
}

async function check(what, status, response) {
  const answer = await response;
  const text = await answer.text();
  assert.equal(answer.status, status, `${what}: ${text}`);
  done(what);
  return text === '' ? undefined : JSON.parse(text);
}

function done(what) {
  passed += 1;
  console.log(`ok ${what}`);
}

function oathtool(secret, when) {
  return execFileSync('oathtool', ['--totp', '--base32', `--now=${when}`, secret], { encoding: 'utf8' }).trim();
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port: free } = probe.address();
  probe.close();
  return free;
}

async function ready() {
  for (let tries = 0; tries < 200; tries++) {
    const answer = await fetch(`${issuer}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    assert.equal(server.exitCode, null, 'the server ended');
    await sleep(100);
  }
  throw new Error('the server did not become ready');
}
