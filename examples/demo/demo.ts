import { CountersignProblem, CountersignUnreachable } from '../client/countersign-client';
import { Journey, UnexpectedAnswer } from './journey';
import { Narrator } from './narrator';
import { ServerFailed, ServerProcess } from './server-process';

/** Starts the built server with nothing configured, goes the whole way with it, and leaves nothing behind. */
async function main(): Promise<number> {
  const narrator = new Narrator();
  let server: ServerProcess | undefined;
  try {
    server = new ServerProcess();
    stopOnSignal(server);
    narrator.say('Starting Countersign with nothing configured …');
    await server.start();
    narrator.say(`It is ready at ${server.url}.`);
    await new Journey(server.url, narrator).run();
    narrator.say('\nThat was the whole journey, and every answer was the one that was due.');
    return 0;
  } catch (error) {
    if (server?.isStopping === true) narrator.say('\nStopped.');
    else explain(narrator, error, server?.lastWords ?? []);
    return 1;
  } finally {
    await server?.stop();
  }
}

function explain(narrator: Narrator, error: unknown, lastWords: readonly string[]): void {
  if (error instanceof ServerFailed) {
    narrator.failure(error.message, lastWords);
  } else if (error instanceof UnexpectedAnswer) {
    narrator.failure(`The journey ends at ${narrator.currentStep}. ${error.message}`);
  } else if (error instanceof CountersignProblem || error instanceof CountersignUnreachable) {
    narrator.failure(`The journey ends at ${narrator.currentStep}. The answer was: ${error.message}`, lastWords);
  } else {
    throw error;
  }
}

function stopOnSignal(server: ServerProcess): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      void server.stop().finally(() => process.exit(code));
    });
  }
}

void main().then((code) => {
  process.exitCode = code;
});
