import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import {
  collectDefaultMetrics,
  Counter as PrometheusCounter,
  Gauge,
  Histogram as PrometheusHistogram,
  Registry,
} from 'prom-client';
import {
  type Counter,
  type CounterOptions,
  type GaugeOptions,
  type Histogram,
  type HistogramOptions,
  Metrics,
} from './metrics';

/** Whatever a label is given beyond so many values is counted as `other`: a mistake must not fill the memory. */
const MAX_VALUES = 50;
const OTHER = 'other';

/** Gauges of the library that are named like counters, which Prometheus warns of; by kind of resource they are there all the same. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];

/** Metrics in a registry of its own, not the process-wide one of the library. */
@Injectable()
export class PrometheusMetrics extends Metrics implements OnModuleDestroy {
  private readonly registry = new Registry();
  private readonly counters = new Map<string, { readonly labels: string; readonly counter: Counter<never> }>();
  private observesProcess = false;

  override counter<Labels extends Record<string, string>>(options: CounterOptions<Labels>): Counter<Labels> {
    const { name, help, labels } = options;
    const signature = [...labels].sort().join();
    const known = this.counters.get(name);
    if (known !== undefined) {
      if (known.labels !== signature) throw new Error(`Metric ${name} is registered with other labels`);
      return known.counter;
    }
    // Counted here and handed over when somebody reads: the library looks up labels for longer than a request should pay.
    const counts = new Map<string, { readonly labels: Record<string, string>; count: number }>();
    const values = new Map<string, Set<string>>(labels.map((label) => [label, new Set()]));
    new PrometheusCounter({
      name,
      help,
      labelNames: [...labels],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const each of counts.values()) this.inc(each.labels as Record<keyof Labels & string, string>, each.count);
      },
    });
    const counter: Counter<Labels> = {
      add: (given) => {
        const bounded = labels.map((label) => withinBounds(values.get(label), given[label]));
        const key = bounded.join('\0');
        const known = counts.get(key);
        if (known !== undefined) known.count++;
        else
          counts.set(key, {
            labels: Object.fromEntries(labels.map((label, i) => [label, bounded[i] ?? ''])),
            count: 1,
          });
      },
    };
    this.counters.set(name, { labels: signature, counter: counter });
    return counter;
  }

  override histogram<Labels extends Record<string, string>>(options: HistogramOptions<Labels>): Histogram<Labels> {
    const { name, help, labels, buckets } = options;
    const histogram = new PrometheusHistogram({
      name,
      help,
      labelNames: [...labels],
      buckets: [...buckets],
      registers: [this.registry],
    });
    // Looked up by us, as with counters: the library hashes its labels at each observation.
    const known = new Map<string, PrometheusHistogram.Internal<keyof Labels & string>>();
    const values = new Map<string, Set<string>>(labels.map((label) => [label, new Set()]));
    if (labels.length === 0) histogram.zero({});
    return {
      observe: (given, value) => {
        const bounded = labels.map((label) => withinBounds(values.get(label), given[label]));
        const key = bounded.join('\0');
        let series = known.get(key);
        if (series === undefined) {
          series = histogram.labels(...bounded);
          known.set(key, series);
        }
        series.observe(value);
      },
    };
  }

  override gauge({ name, help, read }: GaugeOptions): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        try {
          this.set(await read());
        } catch {
          // One value that cannot be read must not take the others away.
          this.set(Number.NaN);
        }
      },
    });
  }

  override async exposition(): Promise<{ contentType: string; text: string }> {
    // From the first time on that somebody asks: who never does pays nothing for observing memory, event loop and GC.
    if (!this.observesProcess) {
      collectDefaultMetrics({ register: this.registry });
      for (const name of MISNAMED) this.registry.removeSingleMetric(name);
    }
    this.observesProcess = true;
    return { contentType: this.registry.contentType, text: await this.registry.metrics() };
  }

  onModuleDestroy(): void {
    this.registry.clear();
  }
}

function withinBounds(known: Set<string> | undefined, value = ''): string {
  if (known === undefined || known.has(value)) return value;
  if (known.size >= MAX_VALUES) return OTHER;
  known.add(value);
  return value;
}
