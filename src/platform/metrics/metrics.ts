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

  /** Everything counted so far, in the text format of Prometheus. */
  abstract exposition(): Promise<{ readonly contentType: string; readonly text: string }>;
}
