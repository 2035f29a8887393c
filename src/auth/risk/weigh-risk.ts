import type { StepUpReason } from '../../tokens/sessions/session';

/** A signal that shows, with the weight that counts. */
export interface ShownSignal {
  readonly name: string;
  readonly weight: number;
  readonly reason: StepUpReason;
}

export interface RiskThresholds {
  /** From this score on, a second factor is asked for. */
  readonly stepUpScore: number;
  /** From this score on, the session ends. */
  readonly endScore: number;
}

export type RiskOutcome = 'allow' | 'step_up' | 'end';

export interface RiskAssessment {
  readonly outcome: RiskOutcome;
  readonly score: number;
  /** The names of the signals that show. */
  readonly signals: readonly string[];
  /** That of the heaviest signal; null where none shows. */
  readonly reason: StepUpReason | null;
}

/** What comes of a refresh that shows these signals. */
export function weighRisk(shown: readonly ShownSignal[], { stepUpScore, endScore }: RiskThresholds): RiskAssessment {
  const score = shown.reduce((sum, { weight }) => sum + weight, 0);
  const [first, ...others] = shown;
  const heaviest = others.reduce((most, signal) => (signal.weight > (most?.weight ?? 0) ? signal : most), first);
  return {
    outcome: score >= endScore ? 'end' : score >= stepUpScore ? 'step_up' : 'allow',
    score,
    signals: shown.map(({ name }) => name),
    reason: heaviest?.reason ?? null,
  };
}
