import { HashQueue } from './hash-queue';

const deferred = () => {
  let finish: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => (finish = resolve));
  return { promise, finish };
};

describe(HashQueue, () => {
  it('runs as many at once as it may, and no more', async () => {
    const queue = new HashQueue(2, 10);
    let running = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 10 }, () =>
        queue.run(async () => {
          most = Math.max(most, ++running);
          await new Promise(setImmediate);
          running--;
        }),
      ),
    );
    expect(most).toBe(2);
  });

  it('refuses with service_busy past its bound, and takes work again afterwards', async () => {
    const queue = new HashQueue(1, 1);
    const { promise, finish } = deferred();
    const first = queue.run(() => promise);
    const second = queue.run(() => Promise.resolve('second'));
    await expect(queue.run(() => Promise.resolve())).rejects.toMatchObject({ code: 'service_busy' });
    finish();
    await first;
    await expect(second).resolves.toBe('second');
    await expect(queue.run(() => Promise.resolve('third'))).resolves.toBe('third');
  });

  it('says beforehand that there is no room', async () => {
    const queue = new HashQueue(1, 1);
    const { promise, finish } = deferred();
    const first = queue.run(() => promise);
    expect(() => {
      queue.assertRoom();
    }).not.toThrow();
    const second = queue.run(() => Promise.resolve());
    expect(() => {
      queue.assertRoom();
    }).toThrow(expect.objectContaining({ code: 'service_busy' }) as Error);
    finish();
    await Promise.all([first, second]);
    expect(() => {
      queue.assertRoom();
    }).not.toThrow();
  });

  it('goes on after work that failed', async () => {
    const queue = new HashQueue(1, 1);
    await expect(queue.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(queue.run(() => Promise.resolve('fine'))).resolves.toBe('fine');
  });
});
