import { once } from 'node:events';
import type { Cpu, Question, Ready, TokenCosts } from '../server/messages';
import { BENCH_SERVER, REGISTER } from './paths';
import { ProcessGroup } from './process-group';

/** The server whose routes are measured. */
export class BenchServer {
  private constructor(
    private readonly group: ProcessGroup,
    readonly url: string,
    readonly token: string,
  ) {}

  /** @param env settings of the application */
  static async start(cwd: string, env: Readonly<Record<string, string>>): Promise<BenchServer> {
    const group = new ProcessGroup({
      file: process.execPath,
      args: ['-r', REGISTER, BENCH_SERVER],
      cwd,
      env,
      ipc: true,
    });
    const { url, token } = await messageFrom<Ready>(group);
    return new BenchServer(group, url, token);
  }

  cpu(): Promise<Cpu> {
    return this.ask({ ask: 'cpu' });
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
