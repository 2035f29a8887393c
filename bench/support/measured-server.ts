import { once } from 'node:events';
import type { Cpu, Question, TokenCosts } from '../server/messages';
import { onServerCore } from './cores';
import { BENCH_SERVER, REGISTER } from './paths';
import { ProcessGroup } from './process-group';
import type { Env } from './throw-away';

/** Where a server runs: on a core that nothing else of the benchmark uses, or wherever the system lets it. */
export type Place = 'own core' | 'all cores';

/** A server in a process of its own that says what CPU time it has used. */
export class MeasuredServer<Ready extends { readonly url: string } = { readonly url: string }> {
  private constructor(
    private readonly group: ProcessGroup,
    readonly ready: Ready,
  ) {}

  /** @param script what Node.js runs: it sends `Ready` when it listens, and answers each `Question` */
  static async start<Ready extends { readonly url: string }>(
    script: readonly string[],
    cwd: string,
    env: Env,
    place: Place = 'own core',
  ): Promise<MeasuredServer<Ready>> {
    const command = [process.execPath, '--expose-gc', ...script];
    const [file = '', ...args] = place === 'own core' ? onServerCore(command) : command;
    const group = new ProcessGroup({ file, args, cwd, env, ipc: true });
    return new MeasuredServer(group, await messageFrom<Ready>(group));
  }

  get url(): string {
    return this.ready.url;
  }

  cpu(): Promise<Cpu> {
    return this.ask({ ask: 'cpu' });
  }

  /** So that no measurement pays for the garbage of the one before. */
  collectGarbage(): Promise<unknown> {
    return this.ask({ ask: 'collect-garbage' });
  }

  tokenCosts(batches: number): Promise<TokenCosts> {
    return this.ask({ ask: 'first-use', batches });
  }

  stop(): Promise<void> {
    return this.group.stop();
  }

  private async ask<Answer>(question: Question): Promise<Answer> {
    this.group.assertRunning();
    const answered = messageFrom<Answer>(this.group);
    this.group.child.send(question);
    return answered;
  }
}

export type Countersign = MeasuredServer<{ readonly url: string; readonly token: string; readonly algorithm: string }>;

/** Our application, with the measured routes. */
export function startCountersign(cwd: string, env: Env, place?: Place): Promise<Countersign> {
  return MeasuredServer.start(['-r', REGISTER, BENCH_SERVER], cwd, env, place);
}

/** The next message; fails when the process ends before. */
async function messageFrom<Message>(group: ProcessGroup): Promise<Message> {
  const waiting = new AbortController();
  const { signal } = waiting;
  const message = once(group.child, 'message', { signal }) as Promise<[Message]>;
  const end = once(group.child, 'exit', { signal }).then((): never => {
    throw group.ended();
  });
  try {
    const [content] = await Promise.race([message, end]);
    return content;
  } finally {
    waiting.abort();
    await Promise.allSettled([message, end]);
  }
}
