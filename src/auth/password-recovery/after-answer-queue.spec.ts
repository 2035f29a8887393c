import { AfterAnswerQueue } from './after-answer-queue';

const unexpected = (error: unknown) => {
  throw error;
};

describe(AfterAnswerQueue, () => {
  it('begins only after whoever adds work has gone on', async () => {
    const order: string[] = [];
    const queue = new AfterAnswerQueue(10, unexpected);
    queue.add(() => Promise.resolve(void order.push('work')));
    await Promise.resolve().then(() => order.push('answer'));
    await queue.drained();
    expect(order).toEqual(['answer', 'work']);
  });

  it('does one piece at a time, in order, and is drained when all are done', async () => {
    const order: number[] = [];
    let running = 0;
    const queue = new AfterAnswerQueue(10, unexpected);
    for (const piece of [1, 2, 3, 4]) {
      queue.add(async () => {
        expect(++running).toBe(1);
        await new Promise(setImmediate);
        running--;
        order.push(piece);
      });
    }
    await queue.drained();
    expect(order).toEqual([1, 2, 3, 4]);
    await queue.drained();
  });

  it('refuses with service_busy past its bound, and takes work again afterwards', async () => {
    const done: string[] = [];
    const queue = new AfterAnswerQueue(2, unexpected);
    const add = (name: string) => {
      queue.add(() => Promise.resolve(void done.push(name)));
    };
    add('first');
    add('second');
    expect(() => {
      add('third');
    }).toThrow(expect.objectContaining({ code: 'service_busy' }));
    await queue.drained();
    add('fourth');
    await queue.drained();
    expect(done).toEqual(['first', 'second', 'fourth']);
  });

  it('tells of work that failed, and goes on', async () => {
    const failures: unknown[] = [];
    const done: string[] = [];
    const queue = new AfterAnswerQueue(10, (error) => failures.push(error));
    queue.add(() => Promise.reject(new Error('broken')));
    queue.add(() => Promise.resolve(void done.push('next')));
    await queue.drained();
    expect(failures).toEqual([new Error('broken')]);
    expect(done).toEqual(['next']);
  });
});
