/** What a role may be called: it stands in tokens and in addresses. */
export function isRoleName(name: string): boolean {
  return /^[a-z][a-z0-9_-]{0,63}$/.test(name);
}
