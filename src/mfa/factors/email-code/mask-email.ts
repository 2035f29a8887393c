/** Enough to tell one's own addresses apart: `a…@example.com`. Of a name of one letter nothing is left. */
export function maskEmail(address: string): string {
  const at = address.lastIndexOf('@');
  const [first = '', ...rest] = address.slice(0, at);
  return `${rest.length === 0 ? '' : first}…${address.slice(at)}`;
}
