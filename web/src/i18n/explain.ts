import { ApiProblem, type FieldError, type ProblemBody, Unreachable } from '../api/problem';
import { PasskeyCancelled, PasskeyKnown } from '../passkeys/webauthn';
import { StepUpDeclined } from '../session/step-up';
import type { Strings } from './en';
import { whenAfter } from './when';

/** A failure in plain words. */
export interface Explanation {
  readonly message: string;
  /** By the name of the field. */
  readonly fields: Readonly<Record<string, string>>;
  /** What the service's log calls it, where the service is at fault. */
  readonly reference?: string;
}

export interface Circumstances {
  readonly strings: Strings;
  readonly language: string;
  readonly now: number;
  readonly isOnline: boolean;
}

/** A failure that is said already as a person reads it. */
export class Plainly extends Error {}

/** What happened, and what to do, for whatever went wrong. */
export function explain(error: unknown, circumstances: Circumstances): Explanation {
  const { errors } = circumstances.strings;
  if (error instanceof ApiProblem) return explainProblem(error.body, circumstances);
  if (error instanceof Unreachable) return says(circumstances.isOnline ? errors.unreachable : errors.offline);
  if (error instanceof StepUpDeclined) return says(errors.declined);
  if (error instanceof PasskeyCancelled) return says(errors.passkeyCancelled);
  if (error instanceof PasskeyKnown) return says(errors.passkeyKnown);
  return says(error instanceof Plainly ? error.message : errors.unknown);
}

function explainProblem(problem: ProblemBody, circumstances: Circumstances): Explanation {
  const { strings } = circumstances;
  const sentences = [sentenceFor(problem, circumstances)];
  if (problem.attemptsRemaining !== undefined && problem.attemptsRemaining > 0) {
    sentences.push(strings.errors.attempts(problem.attemptsRemaining));
  }
  return {
    message: sentences.join(' '),
    fields: fieldsOf(problem, strings),
    ...(problem.status >= 500 && problem.requestId !== undefined && { reference: problem.requestId }),
  };
}

function sentenceFor(problem: ProblemBody, { strings: { errors, ...strings }, language, now }: Circumstances): string {
  const when = whenAfter(problem.retryAfter, strings, language, now);
  const sentence = Object.hasOwn(errors, problem.code) ? errors[problem.code as keyof typeof errors] : undefined;
  if (typeof sentence === 'string') return sentence;
  if (sentence !== undefined && problem.code !== 'attempts') return (sentence as (when: string) => string)(when);
  if (problem.status === 429) return errors.rate_limited(when);
  return problem.status >= 500 ? errors.unavailable(when) : errors.refused;
}

function fieldsOf({ code, errors = [] }: ProblemBody, strings: Strings): Record<string, string> {
  if (code === 'username_taken') return { username: strings.errors.username_taken };
  return Object.fromEntries(errors.map((error) => [nameOf(error), wordsFor(error, strings)]));
}

const nameOf = ({ path }: FieldError): string => path.split('.').at(-1) ?? path;

function wordsFor(error: FieldError, { passwordErrors, fieldErrors }: Strings): string {
  return passwordErrors[error.code] ?? fieldErrors[nameOf(error)] ?? error.message;
}

function says(message: string): Explanation {
  return { message, fields: {} };
}
