import type {
  Activation,
  AuthResult,
  Challenge,
  Enrollment,
  EnrollmentRequest,
  Factor,
  FactorList,
  ListedSession,
  Page,
  PasskeyOptions,
  Proof,
  RecoveryCodesStatus,
  Registration,
  StillPending,
  User,
} from './contract';

/** One call of the contract, and what it answers. */
export interface ApiRequest<T> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  /** The tokens in the answer, for a call that renews them: it runs beside no refresh. */
  readonly tokensIn?: (answer: T) => AuthResult | undefined;
}

const itself = (answer: AuthResult): AuthResult => answer;

const post = <T>(path: string, body: object = {}): ApiRequest<T> => ({ method: 'POST', path, body });
const get = <T>(path: string): ApiRequest<T> => ({ method: 'GET', path });
const segment = (id: string): string => encodeURIComponent(id);

export const register = (body: Registration) => post<{ user: User }>('/v1/auth/register', body);

export const login = (identifier: string, password: string, deviceToken?: string): ApiRequest<AuthResult> => ({
  ...post('/v1/auth/login', { identifier, password, ...(deviceToken !== undefined && { deviceToken }) }),
  tokensIn: itself,
});

export const passkeyOptions = () => post<PasskeyOptions>('/v1/auth/passkey/options');

export const passkeyLogin = (challengeId: string, credential: object): ApiRequest<AuthResult> => ({
  ...post('/v1/auth/passkey/login', { challengeId, credential }),
  tokensIn: itself,
});

export const refresh = (): ApiRequest<AuthResult> => ({ method: 'POST', path: '/v1/auth/refresh' });

export const logout = (): ApiRequest<undefined> => ({ method: 'POST', path: '/v1/auth/logout' });

export const reauthenticate = (password: string): ApiRequest<AuthResult> => ({
  ...post('/v1/auth/reauthenticate', { password }),
  tokensIn: itself,
});

export const forgotPassword = (identifier: string) => post<undefined>('/v1/auth/password/forgot', { identifier });

export const resetPassword = (token: string, newPassword: string) =>
  post<undefined>('/v1/auth/password/reset', { token, newPassword });

export const listFactors = () => get<FactorList>('/v1/mfa/factors');

export const enroll = (request: EnrollmentRequest) => post<Enrollment>('/v1/mfa/factors', request);

export const activate = (id: string, proof: Proof): ApiRequest<Activation> => ({
  ...post(`/v1/mfa/factors/${segment(id)}/activate`, proof),
  tokensIn: ({ auth }) => auth,
});

export const changeFactor = (id: string, change: { name?: string; preferred?: boolean }): ApiRequest<Factor> => ({
  method: 'PATCH',
  path: `/v1/mfa/factors/${segment(id)}`,
  body: change,
});

export const dropFactor = (id: string): ApiRequest<undefined> => ({
  method: 'DELETE',
  path: `/v1/mfa/factors/${segment(id)}`,
});

export const challenge = (factorId: string) => post<Challenge>('/v1/mfa/challenges', { factorId });

export const verify = (id: string, proof: Proof): ApiRequest<AuthResult | StillPending> => ({
  ...post(`/v1/mfa/challenges/${segment(id)}/verify`, proof),
  tokensIn: (answer) => (answer.status === 'pending' ? undefined : answer),
});

export const recoveryCodes = () => get<RecoveryCodesStatus>('/v1/mfa/recovery-codes');

export const renewRecoveryCodes = () => post<{ codes: readonly string[] }>('/v1/mfa/recovery-codes');

export const listSessions = (cursor?: string) =>
  get<Page<ListedSession>>(`/v1/sessions${cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`}`);

export const endSession = (id: string): ApiRequest<undefined> => ({
  method: 'DELETE',
  path: `/v1/sessions/${segment(id)}`,
});

export const endOtherSessions = (): ApiRequest<undefined> => ({ method: 'DELETE', path: '/v1/sessions' });

export const me = () => get<User>('/v1/users/me');

export const changePassword = (currentPassword: string, newPassword: string): ApiRequest<undefined> => ({
  method: 'PUT',
  path: '/v1/users/me/password',
  body: { currentPassword, newPassword },
});

export const verifyEmail = (token: string) => post<User>('/v1/users/me/email/verify', { token });

export const sendEmailVerification = () => post<undefined>('/v1/users/me/email/verification');
