import { Injectable } from '@nestjs/common';
import { type Histogram, Metrics } from '../metrics/metrics';

type Outcome = 'ok' | 'refused' | 'failed';

/** From a guarded read out of memory to a queue of logins; beyond a second, the time-outs of clients. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Times requests by the part of the API they went to. Costs less than the line that the log has of each. */
@Injectable()
export class HttpMetrics {
  private readonly durations: Histogram<{ area: string; outcome: Outcome }>;
  /** There are as many as routes, so it does not grow. */
  private readonly areas = new Map<string, string>();

  constructor(metrics: Metrics) {
    this.durations = metrics.histogram({
      name: 'countersign_http_request_seconds',
      help: 'Time to answer requests, by part of the API and outcome.',
      labels: ['area', 'outcome'],
      buckets: BUCKETS,
    });
  }

  /** @param route its pattern, never the path that was asked for; undefined where no route fits */
  answered(route: string | undefined, status: number, milliseconds: number): void {
    const outcome = status < 400 ? 'ok' : status < 500 ? 'refused' : 'failed';
    this.durations.observe({ area: this.areaOf(route), outcome }, milliseconds / 1000);
  }

  private areaOf(route: string | undefined): string {
    if (route === undefined) return 'none';
    const known = this.areas.get(route);
    if (known !== undefined) return known;
    // `/v1/auth/login` is of `auth`, `/.well-known/jwks.json` of `well_known`.
    const name = /^\/(?:v\d+\/)?([^/:]+)/.exec(route)?.[1] ?? 'root';
    const area =
      name
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '_')
        .replaceAll(/^_|_$/g, '') || 'other';
    this.areas.set(route, area);
    return area;
  }
}
