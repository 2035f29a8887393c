/** An e-mail address in the form it is compared in. */
export function foldEmail(email: string): string {
  return email.normalize('NFKC').toLowerCase();
}

/**
 * The mailbox that messages to an address arrive in, as far as an address tells: `ada+codes@…` is that of `ada@…` (RFC 5233).
 * Where a server takes the two for different people, they count as one here.
 */
export function mailboxOf(email: string): string {
  const folded = foldEmail(email);
  const at = folded.lastIndexOf('@');
  const plus = folded.indexOf('+');
  return plus > 0 && plus < at ? folded.slice(0, plus) + folded.slice(at) : folded;
}
