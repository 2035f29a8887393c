import { Injectable } from '@nestjs/common';
import { Metrics } from '../../platform/metrics/metrics';
import { Passwords } from './passwords.service';

/** Shows how busy the hashing of passwords is: the first thing that a flood of logins fills. */
@Injectable()
export class HashQueueMetrics {
  constructor(metrics: Metrics, { queue }: Passwords) {
    metrics.gauge({
      name: 'countersign_password_hashes_running',
      help: 'Passwords that are hashed at this moment; at most HASH_CONCURRENCY.',
      read: () => queue.running,
    });
    metrics.gauge({
      name: 'countersign_password_hashes_waiting',
      help: 'Passwords that wait to be hashed; at HASH_QUEUE the next ones are turned away.',
      read: () => queue.waiting,
    });
    const refusals = metrics.counter({
      name: 'countersign_password_hashes_refused_total',
      help: 'Passwords turned away, by 503 service_busy, because too many waited.',
      labels: [],
    });
    queue.onRefused = () => {
      refusals.add({});
    };
  }
}
