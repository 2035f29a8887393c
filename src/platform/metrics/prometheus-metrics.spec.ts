import { PrometheusMetrics } from './prometheus-metrics';

const options = { name: 'things_total', help: 'Things.', labels: ['kind'] } as const;

describe(PrometheusMetrics.name, () => {
  let metrics: PrometheusMetrics;
  beforeEach(() => {
    metrics = new PrometheusMetrics();
  });
  afterEach(() => {
    metrics.onModuleDestroy();
  });

  const lines = async () => (await metrics.exposition()).text.split('\n').filter((line) => line.startsWith('things_'));

  it('counts by label', async () => {
    const things = metrics.counter<{ kind: string }>(options);
    things.add({ kind: 'one' });
    things.add({ kind: 'two' });
    things.add({ kind: 'two' });
    expect(await lines()).toEqual(['things_total{kind="one"} 1', 'things_total{kind="two"} 2']);
  });

  it('shows the process beside it, in the text format', async () => {
    const { contentType, text } = await metrics.exposition();
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toMatch(/^process_cpu_seconds_total /m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    await expect(metrics.exposition()).resolves.toBeDefined();
  });

  it('gives the same counter to all who ask for it, and refuses other labels under its name', async () => {
    metrics.counter<{ kind: string }>(options).add({ kind: 'one' });
    metrics.counter<{ kind: string }>(options).add({ kind: 'one' });
    expect(await lines()).toEqual(['things_total{kind="one"} 2']);
    expect(() => metrics.counter<{ other: string }>({ ...options, labels: ['other'] })).toThrow('things_total');
  });

  it('shares nothing with another registry', async () => {
    const other = new PrometheusMetrics();
    other.counter<{ kind: string }>(options).add({ kind: 'one' });
    metrics.counter<{ kind: string }>(options);
    expect(await lines()).toEqual([]);
    other.onModuleDestroy();
  });

  it('takes fifty values of a label, and counts all others as one', async () => {
    const things = metrics.counter<{ kind: string }>(options);
    for (let value = 0; value < 1000; value++) things.add({ kind: `kind-${value}` });
    things.add({ kind: 'kind-7' });
    const shown = await lines();
    expect(shown).toHaveLength(51);
    expect(shown).toContain('things_total{kind="kind-7"} 2');
    expect(shown).toContain('things_total{kind="other"} 950');
  });

  it('reads a gauge at each scrape, and shows the rest where it cannot be read', async () => {
    const values = [3, Number.POSITIVE_INFINITY];
    metrics.counter<{ kind: string }>(options).add({ kind: 'one' });
    metrics.gauge({
      name: 'things_open',
      help: 'Open things.',
      read: () => values.shift() ?? Promise.reject(new Error()),
    });
    expect(await lines()).toEqual(['things_total{kind="one"} 1', 'things_open 3']);
    expect(await lines()).toContain('things_open +Inf');
    expect(await lines()).toEqual(['things_total{kind="one"} 1', 'things_open Nan']);
    expect(() => {
      metrics.gauge({ name: 'things_open', help: 'Again.', read: () => 1 });
    }).toThrow('things_open');
  });
});
