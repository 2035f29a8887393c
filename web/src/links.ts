/** Where a link in a message led: what stands behind `#`, which no server and no other site sees. */
export interface MessageLink {
  readonly is: 'verify-email' | 'reset-password';
  readonly token: string;
}

export type Route = 'login' | 'register' | 'forgot';

const LINK = /^#(verify-email|reset-password)=([A-Za-z0-9_.~-]{1,512})$/;

export function messageLinkIn(hash: string): MessageLink | undefined {
  const [, is, token] = LINK.exec(hash) ?? [];
  return is === undefined || token === undefined ? undefined : { is: is as MessageLink['is'], token };
}

export function routeIn(hash: string): Route {
  return hash === '#register' || hash === '#forgot' ? (hash.slice(1) as Route) : 'login';
}

/** Takes the link out of the address bar, so that no history and no shoulder keeps it. */
export function takeMessageLink(): MessageLink | undefined {
  const link = messageLinkIn(location.hash);
  if (link !== undefined) history.replaceState(null, '', location.pathname);
  return link;
}
