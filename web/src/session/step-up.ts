import type { SecondFactorWanted } from '../api/contract';
import type { ApiProblem, Requirement } from '../api/problem';

const STEP_UP_CODES = [
  'mfa_required',
  'mfa_enrollment_required',
  'mfa_stale',
  'mfa_insufficient',
  'reauthentication_required',
] as const;

export type StepUpCode = (typeof STEP_UP_CODES)[number];

/** Why more is asked of the person: a guard's refusal, or a refresh that wants the second factor again. */
export interface StepUpDemand {
  readonly code: StepUpCode;
  readonly required: Requirement;
  /** What the refresh answered, with an MFA token to go on with. */
  readonly wanted?: SecondFactorWanted;
}

/** The person closed the dialog: what they wanted does not happen. */
export class StepUpDeclined extends Error {
  constructor() {
    super('The step-up was declined');
    this.name = 'StepUpDeclined';
  }
}

export function stepUpCodeOf({ code }: ApiProblem): StepUpCode | undefined {
  return STEP_UP_CODES.find((each) => each === code);
}

/** One step-up at a time: whoever needs one meanwhile waits for it, and the person is asked once. */
export class StepUpDesk {
  private open: { demand: StepUpDemand; done: Promise<void>; settle: (isGiven: boolean) => void } | undefined;
  private readonly listeners = new Set<() => void>();

  get demand(): StepUpDemand | undefined {
    return this.open?.demand;
  }

  /** @returns what ends it */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Resolves when the person has given what is demanded. @throws StepUpDeclined */
  ask(demand: StepUpDemand): Promise<void> {
    if (this.open !== undefined) return this.open.done;
    let settle: (isGiven: boolean) => void = () => undefined;
    const done = new Promise<void>((resolve, reject) => {
      settle = (isGiven) => {
        this.open = undefined;
        this.tell();
        if (isGiven) resolve();
        else reject(new StepUpDeclined());
      };
    });
    this.open = { demand, done, settle };
    this.tell();
    return done;
  }

  /** The dialog has ended. */
  settle(isGiven: boolean): void {
    this.open?.settle(isGiven);
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
