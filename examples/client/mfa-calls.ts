import type {
  AuthResult,
  Challenge,
  Enrollment,
  EnrollmentRequest,
  Factor,
  FactorList,
  Proof,
  SecondFactorWanted,
} from './contract';
import { type Activation, authResult, outcomeOf, type SignInOutcome, type Verification } from './auth-result';
import type { GuardedCalls } from './guarded-calls';
import { CountersignProblem } from './problem';
import type { TokenKeeper } from './token-keeper';
import type { Transport } from './transport';

interface Call {
  method: 'GET' | 'POST';
  path: string;
  body?: unknown;
  /** Which pending sign-in the call may go on with. */
  pending?: SecondFactorWanted['status'][];
  /** Finds the new tokens in the answer. */
  resultOf?: (answer: unknown) => AuthResult | undefined;
}

interface ActivationAnswer {
  factor: Factor;
  recoveryCodes?: string[];
  auth: unknown;
}

const VERIFIES: SecondFactorWanted['status'][] = ['mfa_required'];
const ENROLLS: SecondFactorWanted['status'][] = ['mfa_enrollment_required'];

/** Factors and challenges, under the MFA token of a pending sign-in where there is one, else under the access token. */
export class MfaCalls {
  constructor(
    private readonly transport: Transport,
    private readonly keeper: TokenKeeper,
    private readonly guarded: GuardedCalls,
    /** Whether a refusal may be put to the application: never from within its own step-up handler. */
    private readonly stepUp: boolean,
  ) {}

  async factors(): Promise<FactorList> {
    return (await this.call({
      method: 'GET',
      path: '/v1/mfa/factors',
      pending: [...VERIFIES, ...ENROLLS],
    })) as FactorList;
  }

  async enroll(request: EnrollmentRequest): Promise<Enrollment> {
    return (await this.call({
      method: 'POST',
      path: '/v1/mfa/factors',
      body: request,
      pending: ENROLLS,
    })) as Enrollment;
  }

  async activate(factorId: string, proof: Proof): Promise<Activation> {
    const path = `/v1/mfa/factors/${encodeURIComponent(factorId)}/activate`;
    const resultOf = (answer: unknown) => authResult((answer as ActivationAnswer).auth);
    const answer = await this.call({ method: 'POST', path, body: proof, pending: ENROLLS, resultOf });
    const { factor, recoveryCodes, auth } = answer as ActivationAnswer;
    const outcome = outcomeOf(authResult(auth));
    return recoveryCodes === undefined ? { factor, outcome } : { factor, recoveryCodes, outcome };
  }

  async challenge(factorId?: string): Promise<Challenge> {
    const body = factorId === undefined ? {} : { factorId };
    return (await this.call({ method: 'POST', path: '/v1/mfa/challenges', body, pending: VERIFIES })) as Challenge;
  }

  async verify(challengeId: string, proof: Proof): Promise<Verification> {
    const path = `/v1/mfa/challenges/${encodeURIComponent(challengeId)}/verify`;
    const resultOf = (answer: unknown) => (isWaiting(answer) ? undefined : authResult(answer));
    const answer = await this.call({ method: 'POST', path, body: proof, pending: VERIFIES, resultOf });
    if (isWaiting(answer)) return answer;
    const outcome = outcomeOf(authResult(answer));
    if (outcome.status === 'authenticated') return outcome;
    throw new CountersignProblem({
      status: 200,
      code: 'unexpected_answer',
      detail: `A proof led to ${outcome.status}`,
    });
  }

  /** With a factor enrolled the outcome is `mfa_required`: the password alone brings no new tokens then. */
  async reauthenticate(password: string): Promise<SignInOutcome> {
    const path = '/v1/auth/reauthenticate';
    return outcomeOf(authResult(await this.call({ method: 'POST', path, body: { password }, resultOf: authResult })));
  }

  private async call(call: Call): Promise<unknown> {
    const mfaToken = await this.mfaTokenFor(call.pending ?? []);
    if (mfaToken === undefined) {
      return this.guarded.run((accessToken) => this.send(call, accessToken), { stepUp: this.stepUp, replayable: true });
    }
    try {
      return await this.send(call, mfaToken);
    } catch (error) {
      // No refresh mends an MFA token. A kept refresh token leads to a new one, the password too.
      if (error instanceof CountersignProblem && error.code === 'token_invalid') this.keeper.dropPending();
      throw error;
    }
  }

  private async mfaTokenFor(statuses: SecondFactorWanted['status'][]): Promise<string | undefined> {
    if (statuses.length === 0) return undefined;
    // The refresh that is due may itself end in a pending sign-in.
    if (this.keeper.pending === undefined) await this.keeper.usable();
    const pending = this.keeper.pending;
    return pending !== undefined && statuses.includes(pending.status) ? pending.mfaToken : undefined;
  }

  private send({ method, path, body, resultOf }: Call, bearer: string | undefined): Promise<unknown> {
    const send = () => this.transport.call(method, path, body, bearer);
    return resultOf === undefined ? send() : this.keeper.exchange(send, resultOf);
  }
}

function isWaiting(answer: unknown): answer is { status: 'pending'; retryAfter: number } {
  return (answer as { status?: unknown } | null)?.status === 'pending';
}
