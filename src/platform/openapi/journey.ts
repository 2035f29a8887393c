/** The groups of routes, in the order in which somebody new goes through them. A team's own tags come after them. */
export const TAGS: Readonly<Record<string, string>> = {
  '1. Register': 'Make an account. The example has a name and a password that are new at each load of this page.',
  '2. Sign in':
    'The password first. An account without a second factor gets an access token; one with a second factor gets an MFA token, and goes on at 4. Or a passkey alone, which is both.',
  '3. Second factors':
    'Add an authenticator app: begin, scan the QR code (or copy the secret), prove it with a code. Or have codes sent. Then look after what you have.',
  '4. Verify a second factor':
    'Begin a challenge, answer it with a code. After a sign-in that wanted a second factor, and whenever a route wants a fresh one.',
  '5. Keep or end the session': 'New tokens for old, the password once more, logout.',
  '6. Your account': 'What the service knows of you.',
  '7. Sample: payouts': 'A domain module under four levels of protection, each stronger than the one before.',
  '8. Administration':
    'Accounts, roles and what was recorded. For who has the permission and verified a second factor within ten minutes.',
  '9. Standards and operation': 'Keys for whoever verifies tokens, health for whoever runs the service.',
  '10. Development only': 'What a phone and a mailbox would show. In production these routes do not exist.',
};

const CONVENTIONS = `Bodies are JSON with camelCase fields; unknown fields are refused. Times are RFC 3339 in UTC, durations whole seconds, ids UUIDs.
Every failure is an RFC 9457 problem (\`application/problem+json\`); its \`code\` is stable and what a client branches on. Beyond what
each route lists, an address that is no route is answered by 404 \`not_found\`, a route under another method by 405
\`method_not_allowed\` with \`Allow\`, an address that cannot be read by 400 \`bad_request\`.

Tokens travel as \`Authorization: Bearer\`, never in an address. Each route says which it takes: an **access token**, or also an **MFA
token**, which a sign-in answers while the second factor is still missing.`;

/** Names a route by its number and address, e.g. "2.1 `POST /v1/auth/login`". */
export type RouteReference = (route: string) => string;

export interface IntroductionOptions {
  readonly route: RouteReference;
  readonly hasSample: boolean;
  /** Whether codes can be had without a phone. */
  readonly hasDevelopmentRoutes: boolean;
}

/** What the reader sees first. */
export function introduction({ route, hasSample, hasDevelopmentRoutes }: IntroductionOptions): string {
  const [limits, payouts] = hasSample ? [route('GET /v1/payouts/limits'), route('GET /v1/payouts')] : [];
  const steps = [
    `Register (${route('POST /v1/auth/register')}) and sign in (${route('POST /v1/auth/login')}).` +
      (limits && payouts ? ` One factor was shown: ${limits} answers, ${payouts} is refused.` : ''),
    `Begin an authenticator app (${route('POST /v1/mfa/factors')}). Scan its QR code (${route('GET /v1/mfa/factors/{id}/qr-code')}), or copy the \`secret\` of the answer.`,
    `Prove it with a code (${route('POST /v1/mfa/factors/{id}/activate')}); \`id\` is the \`factor.id\` of the answer before. Keep the recovery codes.` +
      (payouts ? ` Now ${payouts} answers.` : ''),
    `Log out (${route('POST /v1/auth/logout')}) and sign in again: the password alone gets an MFA token.`,
    `Begin a challenge (${route('POST /v1/mfa/challenges')}) and answer it with a new code (${route('POST /v1/mfa/challenges/{id}/verify')}); \`id\` is that of the challenge.`,
    `Refresh (${route('POST /v1/auth/refresh')}) with the \`refreshToken\` of that answer, log out, and see the old token refused.`,
  ];
  const noPhone = hasDevelopmentRoutes
    ? `No phone at hand? Give the \`secret\` to ${route('POST /dev/totp')}: it shows what the app would. A code works once: where \`code\` was used, take \`nextCode\`.`
    : undefined;
  return [
    'Two-factor authentication with JSON Web Tokens.',
    '**The whole way.** The token of each answer goes into Authorize by itself.',
    steps.map((step, at) => `${at + 1}. ${step}`).join('\n'),
    noPhone,
    CONVENTIONS,
  ]
    .filter((part) => part !== undefined)
    .join('\n\n');
}
