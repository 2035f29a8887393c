/** What a counter is called, what it counts, and by what it tells apart. */
export interface CounterOptions<Labels extends Record<string, string>> {
  /** In the form of Prometheus, e.g. `countersign_refreshes_total`. */
  readonly name: string;
  /** One sentence for whoever reads the dashboard. */
  readonly help: string;
  /** Few values each, known beforehand: never an id, a name or an address. */
  readonly labels: readonly (keyof Labels & string)[];
}

export interface Counter<Labels extends Record<string, string>> {
  /** Counts one. Costs a microsecond, and never fails. */
  add(labels: Labels): void;
}

export interface HistogramOptions<Labels extends Record<string, string>> extends CounterOptions<Labels> {
  /** Upper bounds, ascending; what is above the last is counted as well. */
  readonly buckets: readonly number[];
}

export interface Histogram<Labels extends Record<string, string>> {
  /** Counts one value. Costs a microsecond, and never fails. */
  observe(labels: Labels, value: number): void;
}

export interface GaugeOptions {
  /** In the form of Prometheus, with its unit: `countersign_outbox_oldest_waiting_seconds`. */
  readonly name: string;
  /** One sentence for whoever reads the dashboard. */
  readonly help: string;
  /** The value of now, asked at each scrape. Where it fails, the value is left out. */
  readonly read: () => number | Promise<number>;
}

/** Counts what happens, for whoever operates the service. A port: what shows the numbers is behind it. */
export abstract class Metrics {
  /**
   * @throws Error when the name is taken with other labels
   * @example
   * private readonly payouts = metrics.counter<{ outcome: 'made' | 'refused' }>({
   *   name: 'payouts_total',
   *   help: 'Payouts by outcome.',
   *   labels: ['outcome'],
   * });
   */
  abstract counter<Labels extends Record<string, string>>(options: CounterOptions<Labels>): Counter<Labels>;

  /** Counts values by size, in the unit that the name says: `payout_approval_seconds`. @throws Error when the name is taken */
  abstract histogram<Labels extends Record<string, string>>(options: HistogramOptions<Labels>): Histogram<Labels>;

  /** Shows a value that is read when somebody asks. @throws Error when the name is taken */
  abstract gauge(options: GaugeOptions): void;

  /** Everything counted so far, in the text format of Prometheus. */
  abstract exposition(): Promise<{ readonly contentType: string; readonly text: string }>;
}
