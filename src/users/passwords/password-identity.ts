import type { AccountProfile } from '../accounts/account';

/** What an attacker would try first: names and addresses of the account. */
export function identityOf({
  username,
  email,
  phone,
}: Pick<AccountProfile, 'username'> & { readonly email?: string | null; readonly phone?: string | null }): string[] {
  return [username, email, email?.split('@')[0], phone].filter((part) => part != null);
}
