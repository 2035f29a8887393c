import type { Rights } from '../../users/roles/role';
import { includesRights, takesAdministrator } from './authority';

const rights = (roles: string[], ...permissions: string[]): Rights => ({ roles, permissions });

describe(includesRights, () => {
  it.each<[string, Rights, Rights, boolean]>([
    ['nobody over nobody', rights([]), rights([]), true],
    ['who has more', rights(['lead'], 'a:read', 'a:write'), rights(['user'], 'a:read'), true],
    ['who has as much', rights(['lead'], 'a:read'), rights(['reader'], 'a:read'), true],
    ['who lacks one', rights(['lead'], 'a:read'), rights(['writer'], 'a:read', 'a:write'), false],
    ['who has another', rights(['lead'], 'a:write'), rights(['reader'], 'a:read'), false],
    ['an administrator over one', rights(['admin']), rights(['admin'], 'a:read'), true],
    ['an administrator over permissions that no module brings any more', rights(['admin']), rights([], 'a:gone'), true],
    [
      'who has every permission, over an administrator',
      rights(['lead'], 'a:read', 'b:read'),
      rights(['admin'], 'a:read'),
      false,
    ],
    ['a name that begins like it', rights(['administrator']), rights(['admin']), false],
  ])('%s', (_, actor, other, expected) => {
    expect(includesRights(actor, other)).toBe(expected);
  });
});

describe(takesAdministrator, () => {
  const admin = { roles: ['user', 'admin'], status: 'active' as const };

  it.each<[string, Parameters<typeof takesAdministrator>, boolean]>([
    ['deletion', [admin, 'deletion'], true],
    ['disabling', [admin, { status: 'disabled' }], true],
    ['other roles', [admin, { roles: ['user', 'auditor'] }], true],
    ['no roles at all', [admin, { roles: [] }], true],
    ['roles that include it', [admin, { roles: ['admin'] }], false],
    ['nothing', [admin, {}], false],
    ['enabling', [admin, { status: 'active' }], false],
    ['of one that is disabled already', [{ ...admin, status: 'disabled' }, 'deletion'], false],
    ['of one that is none', [{ roles: ['user'], status: 'active' }, 'deletion'], false],
  ])('%s', (_, [account, change], expected) => {
    expect(takesAdministrator(account, change)).toBe(expected);
  });
});
