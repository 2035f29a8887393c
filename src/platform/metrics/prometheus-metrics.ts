import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { collectDefaultMetrics, Counter as PrometheusCounter, Registry } from 'prom-client';
import { type Counter, type CounterOptions, Metrics } from './metrics';

/** Whatever a label is given beyond so many values is counted as `other`: a mistake must not fill the memory. */
const MAX_VALUES = 50;
const OTHER = 'other';

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
    const inner = new PrometheusCounter({ name, help, labelNames: [...labels], registers: [this.registry] });
    const values = new Map<string, Set<string>>(labels.map((label) => [label, new Set()]));
    const counter: Counter<Labels> = {
      add: (given) => {
        const bounded = labels.map((label) => [label, withinBounds(values.get(label), given[label])] as const);
        inner.inc(Object.fromEntries(bounded));
      },
    };
    this.counters.set(name, { labels: signature, counter: counter });
    return counter;
  }

  override async exposition(): Promise<{ contentType: string; text: string }> {
    // From the first time on that somebody asks: who never does pays nothing for observing memory, event loop and GC.
    if (!this.observesProcess) collectDefaultMetrics({ register: this.registry });
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
