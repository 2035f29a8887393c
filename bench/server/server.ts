import 'reflect-metadata';
import { BenchModule } from './bench.module';
import { createApp, readSettings } from './built';
import type { Cpu, Question, Ready, TokenCosts } from './messages';
import { mintToken } from './mint-token';
import { measureTokenCosts } from './token-costs';

/** The application with the measured routes, in a process of its own that answers questions about itself. */
async function serve(): Promise<void> {
  const app = await createApp(readSettings(), { imports: [BenchModule] });
  await app.listen(0, '127.0.0.1');
  process.on('message', (question: Question) => {
    if (question.ask === 'cpu') tell(cpu());
    else void measureTokenCosts(app, question.batches).then(tell);
  });
  process.on('disconnect', () => void app.close());
  tell({ url: await app.getUrl(), token: mintToken(app) });
}

function cpu(): Cpu {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function tell(message: Ready | Cpu | TokenCosts): void {
  process.send?.(message);
}

void serve();
