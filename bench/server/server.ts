import 'reflect-metadata';
import { collectGarbage, cpu } from './answer';
import { AUDIT_MODES, switchAudit } from './audit-switch';
import { BenchModule } from './bench.module';
import { createApp, readSettings, SigningKeyRing } from './built';
import type { Question, Ready } from './messages';
import { mintToken } from './mint-token';
import { measureTokenCosts } from './token-costs';

/** The application with the measured routes, in a process of its own that answers questions about itself. */
async function serve(): Promise<void> {
  switchAudit(AUDIT_MODES.find((mode) => mode === process.env['BENCH_AUDIT']) ?? 'sealed');
  const app = await createApp(readSettings(), { imports: [BenchModule] });
  await app.listen(0, '127.0.0.1');
  process.on('message', (question: Question) => {
    switch (question.ask) {
      case 'cpu':
        process.send?.(cpu());
        break;
      case 'collect-garbage':
        process.send?.(collectGarbage());
        break;
      case 'first-use':
        void measureTokenCosts(app, question.batches).then((costs) => process.send?.(costs));
    }
  });
  process.on('disconnect', () => void app.close());
  const { alg: algorithm } = app.get(SigningKeyRing, { strict: false }).active;
  const ready: Ready = { url: await app.getUrl(), token: mintToken(app), algorithm };
  process.send?.(ready);
}

void serve();
