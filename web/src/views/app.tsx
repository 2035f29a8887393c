import { useEffect, useState } from 'preact/hooks';
import { keeper } from '../client';
import { facts } from '../facts';
import type { Explanation } from '../i18n/explain';
import { t } from '../i18n/language';
import { type MessageLink, type Route, routeIn, takeMessageLink } from '../links';
import type { SignedOutWhy } from '../session/token-keeper';
import { AnnouncementRegion, say } from '../ui/announcements';
import { explainNow, Failure } from '../ui/form';
import { useSource } from '../ui/store';
import { Account } from './account';
import { Forgot } from './forgot';
import { Login } from './login';
import { PendingSignIn } from './pending-sign-in';
import { RecoveryCodesDialog } from './recovery-codes';
import { Register } from './register';
import { Reset } from './reset';
import { StepUpDialog } from './step-up-dialog';

const WHY: Readonly<Record<SignedOutWhy, string | undefined>> = {
  nobody: undefined,
  logged_out: t.login.loggedOut,
  elsewhere: t.login.elsewhere,
  session_ended: t.login.sessionEnded,
};

/** Which view: by who is signed in, and by what stands behind `#`. */
export function App() {
  return (
    <>
      <header class="brand">
        <Logo />
        <span>{facts.appName}</span>
      </header>
      <AnnouncementRegion />
      <Current />
      <StepUpDialog />
      <RecoveryCodesDialog />
    </>
  );
}

function Current() {
  const standing = useSource(keeper, () => keeper.standing);
  const { route, link, dropLink } = useAddress();
  const why = standing.is === 'signed_out' ? WHY[standing.why] : undefined;
  useEffect(() => {
    if (why !== undefined) say(why);
  }, [standing]);
  useEffect(() => {
    if (link?.is === 'verify-email' && standing.is === 'signed_out') say(t.login.confirmEmail);
  }, [link, standing.is]);

  if (link?.is === 'reset-password') return <Reset token={link.token} onDone={dropLink} />;
  switch (standing.is) {
    case 'unknown':
      return <Begin />;
    case 'signed_in':
      return (
        <Account
          key={standing.signIn.session.id}
          emailToken={link?.is === 'verify-email' ? link.token : undefined}
          onEmailToken={dropLink}
        />
      );
    case 'pending':
      return <PendingSignIn key={standing.wanted.mfaToken} wanted={standing.wanted} />;
    case 'signed_out':
      if (route === 'register' && facts.registration) return <Register />;
      return route === 'forgot' ? <Forgot /> : <Login />;
  }
}

/** Asks the service who it is, by the cookie. */
function Begin() {
  const [failure, setFailure] = useState<Explanation>();
  const ask = () => {
    setFailure(undefined);
    keeper.restore().catch((error: unknown) => {
      setFailure(explainNow(error));
    });
  };
  useEffect(ask, []);
  return (
    <main class="narrow">
      {failure === undefined ? (
        <p class="muted">{t.common.loading}</p>
      ) : (
        <>
          <h1>{facts.appName}</h1>
          <Failure of={failure} />
          <button type="button" class="primary" onClick={ask}>
            {t.common.tryAgain}
          </button>
        </>
      )}
    </main>
  );
}

function useAddress(): { route: Route; link: MessageLink | undefined; dropLink: () => void } {
  const [link, setLink] = useState(takeMessageLink);
  const [route, setRoute] = useState(() => routeIn(location.hash));
  useEffect(() => {
    const onChange = () => {
      const found = takeMessageLink();
      if (found !== undefined) setLink(found);
      setRoute(routeIn(location.hash));
    };
    addEventListener('hashchange', onChange);
    return () => {
      removeEventListener('hashchange', onChange);
    };
  }, []);
  return {
    route,
    link,
    dropLink: () => {
      setLink(undefined);
    },
  };
}

function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" />
      <path d="M16 6.5 8.5 9.4v6c0 4.8 3.1 8.4 7.5 10.1 4.4-1.7 7.5-5.3 7.5-10.100v-6z" />
      <path d="m12.4 15.9 2.7 2.7 4.7-5" />
    </svg>
  );
}
