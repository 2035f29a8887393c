import type { ApiRequest } from './api/requests';
import { logout, refresh } from './api/requests';
import { sender } from './api/send';
import { facts } from './facts';
import { keepDeviceToken } from './session/device-token';
import { GuardedCalls } from './session/guarded-calls';
import { lockOfTabs } from './session/lock';
import { StepUpDesk } from './session/step-up';
import { Tabs } from './session/tabs';
import { TokenKeeper } from './session/token-keeper';

/** Sends a request with one kind of authority: none, an MFA token, or the access token. */
export type Call = <T>(request: ApiRequest<T>) => Promise<T>;

const send = sender(facts.base);
const tabs = new Tabs();
const now = () => Date.now();

export const keeper = new TokenKeeper({
  refresh: () => send(refresh()),
  lock: lockOfTabs(),
  now,
  tellTabs: (news) => {
    tabs.tell(news);
  },
  keepDeviceToken,
});
export const desk = new StepUpDesk();
const guarded = new GuardedCalls(keeper, desk, now);

tabs.listen((news) => {
  // Without an answer this tab stays as it is, and learns the news at its next call.
  keeper.hear(news).catch(() => undefined);
});

function perform<T>(request: ApiRequest<T>, bearer?: string): Promise<T> {
  const { tokensIn } = request;
  return tokensIn === undefined ? send(request, bearer) : keeper.exchange(() => send(request, bearer), tokensIn);
}

export const anonymously: Call = (request) => perform(request);

/** With an MFA token, or a token that asks for no further step-up. */
export const withToken =
  (token: string): Call =>
  (request) =>
    perform(request, token);

/** With the access token: it is renewed when due, and a step-up opens its dialog. */
export const signedIn: Call = (request) => guarded.run((token) => perform(request, token));

export async function logOut(): Promise<void> {
  await keeper.end(() => send(logout(), keeper.signIn?.accessToken));
}
