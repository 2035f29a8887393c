import { fits } from './fitting-factors';

const app = { type: 'totp', acr: 'aal2' };
const passkey = { type: 'webauthn', acr: 'phr' };
const plugin = { type: 'push', acr: 'aal2' };

describe(fits, () => {
  it.each([
    [app, {}, true],
    [app, { acr: 'aal2' }, true],
    [app, { acr: 'phr' }, false],
    [passkey, { acr: 'phr' }, true],
    [app, { methods: ['otp', 'hwk'] }, true],
    [app, { methods: ['hwk', 'swk'] }, false],
    [passkey, { methods: ['swk'] }, true],
    [passkey, { methods: ['otp'] }, false],
    [plugin, { methods: ['push'] }, true],
    [plugin, { acr: 'phr', methods: ['push'] }, false],
  ])('%j, where %j is demanded: %j', (factor, required, expected) => {
    expect(fits(factor, required)).toBe(expected);
  });
});
