import 'reflect-metadata';
import { SettingsError } from './platform/config/load-settings';
import { DatabaseSettings } from './platform/config/settings/database.settings';
import { ServerSettings } from './platform/config/settings/server.settings';
import { TokenSettings } from './platform/config/settings/token.settings';
import { readSettings, settingsFor } from './platform/config/settings.module';
import { SecretBoxError } from './platform/crypto/secret-box';
import { DatabaseNotReadyError } from './platform/database/database-not-ready.error';
import { errorCodeOf } from './platform/database/error-code';
import { EmbeddedPostgres } from './platform/database/embedded-postgres';

async function start(): Promise<void> {
  const settings = readSettings();
  const server = settingsFor(settings, ServerSettings);
  const database = settingsFor(settings, DatabaseSettings);
  if (database.url === undefined) EmbeddedPostgres.begin(database.dataDir);
  // Loaded only now: it takes as long as the database does, on another core.
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- import() would need the name of the compiled file
  const { createApp } = require('./app.setup') as typeof import('./app.setup');
  const app = await createApp(settings);
  await app.listen(server.port, server.host);
  if (server.environment === 'development')
    welcome(await app.getUrl(), settingsFor(settings, TokenSettings).issuer, server);
}

function welcome(
  url: string,
  issuer: string,
  { appName, accountPage, docs, hasDevelopmentRoutes }: ServerSettings,
): void {
  const lines = [
    `${appName} is ready at ${url}`,
    ...(accountPage ? [`  Account page   ${issuer}/account   register, log in, second factors`] : []),
    ...(docs ? [`  Swagger UI     ${url}/docs   try the routes from top to bottom`] : []),
    ...(hasDevelopmentRoutes
      ? [`  Codes          ${url}/dev/totp and ${url}/dev/outbox   in place of a phone and a mailbox`]
      : []),
    `  The journey    npm run demo   the same from a terminal`,
    `  Stop           Ctrl-C`,
  ];
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
}

start().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});

/** Plain words for what an operator can mend; everything else with its stack. */
function explain(error: unknown): string {
  if (error instanceof SettingsError || error instanceof DatabaseNotReadyError) return error.message;
  if (error instanceof SecretBoxError) {
    return `ENCRYPTION_KEYS are not those that sealed the secrets in this database: ${error.message}.`;
  }
  if (errorCodeOf(error) === 'EADDRINUSE') return 'PORT: another process listens there already.';
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
