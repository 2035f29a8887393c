import 'reflect-metadata';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { SystemClock } from '../platform/clock/clock';
import { loadSettings } from '../platform/config/load-settings';
import { AccountSettings } from '../platform/config/settings/account.settings';
import { DatabaseSettings } from '../platform/config/settings/database.settings';
import { ServerSettings } from '../platform/config/settings/server.settings';
import { readEnvironment, settingsFor } from '../platform/config/settings.module';
import { openDataSource } from '../platform/database/open-data-source';
import { isUsername } from '../users/accounts/username';
import { rejectPassword, REJECTION_MESSAGES } from '../users/passwords/password-policy';
import { type Answers, ask, type Checks } from './admin-create/ask';
import { CreateAdministrator, type CreatedAdministrator } from './admin-create/create-administrator';
import { explain, UsageError } from './explain';
import { isMailAddress } from '../users/accounts/mail-address.validator';

const USAGE = `npm run admin:create                          asks for everything
npm run admin:create -- --username NAME [--email ADDRESS] [--password-stdin]

  Makes an account with the role "admin", beside a running server or before the first start.
  The password is read from standard input with --password-stdin; without it a link is printed that chooses one.
  It is never taken from the command line, where everybody on this machine could read it.
`;

function checksFor(appName: string): Checks {
  return {
    username: (name) =>
      isUsername(name)
        ? undefined
        : 'A username has 3 to 64 letters, digits, ".", "_" or "-", its letters of one script, and begins with a letter or digit.',
    email: (address) => (isMailAddress(address) ? undefined : 'This is no e-mail address.'),
    password: (password, username) => {
      const reason = rejectPassword(password, [username, appName]);
      return reason && REJECTION_MESSAGES[reason];
    },
  };
}

/** @throws UsageError */
async function readFlags(checks: Checks): Promise<Answers | undefined> {
  const { values } = parseArgs({
    options: {
      username: { type: 'string' },
      email: { type: 'string' },
      'password-stdin': { type: 'boolean', default: false },
    },
  });
  const { username, email, 'password-stdin': fromStdin } = values;
  if (username === undefined) {
    if (email === undefined && !fromStdin && process.stdin.isTTY) return undefined;
    throw new UsageError(USAGE);
  }
  // The line that `echo` ends it with is none of it.
  const password = fromStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : undefined;
  const wrong = checks.username(username) ?? (email === undefined ? undefined : checks.email(email));
  if (wrong !== undefined) throw new UsageError(wrong);
  return { username, email, password };
}

function inWords(username: string, appUrl: string, { enrollmentCode, passwordToken }: CreatedAdministrator): string[] {
  return [
    `${username} is an administrator.`,
    ...(passwordToken === undefined
      ? []
      : ['', 'This link chooses the password, once, within 24 hours:', `${appUrl}#reset-password=${passwordToken}`]),
    '',
    'Signing in asks for a second factor. Where enrolling it asks for a code, this one works once, within 24 hours:',
    enrollmentCode,
  ];
}

async function main(): Promise<void> {
  const settings = loadSettings([AccountSettings, DatabaseSettings, ServerSettings], readEnvironment());
  const { appName, appUrl } = settingsFor(settings, ServerSettings);
  const checks = checksFor(appName);
  const flags = await readFlags(checks);
  const answers = flags ?? (await ask(checks));
  const dataSource = await openDataSource(settingsFor(settings, DatabaseSettings), { shareRunningServer: true });
  try {
    const created = await new CreateAdministrator(dataSource, new SystemClock(), settings).create(answers);
    process.stdout.write(`${inWords(answers.username, appUrl, created).join('\n')}\n`);
  } finally {
    await dataSource.destroy();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
});
