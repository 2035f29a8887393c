import { useEffect } from 'preact/hooks';
import { me, verifyEmail } from '../api/requests';
import { logOut, signedIn } from '../client';
import { t } from '../i18n/language';
import { say } from '../ui/announcements';
import { Failure, useAttempt } from '../ui/form';
import { useLoaded } from '../ui/load';
import { Loading } from '../ui/loading';
import { View } from '../ui/view';
import { Factors } from './factors';
import { Profile } from './profile';
import { Sessions } from './sessions';

interface AccountProps {
  /** From the link of a message: an address to confirm. */
  readonly emailToken: string | undefined;
  readonly onEmailToken: () => void;
}

/** Everything that is one's own, on one page. */
export function Account({ emailToken, onEmailToken }: AccountProps) {
  const user = useLoaded(signedIn, me);
  const confirming = useAttempt();
  useEffect(() => {
    if (emailToken === undefined) return;
    onEmailToken();
    void confirming.attempt(async () => {
      user.set(await signedIn(verifyEmail(emailToken)));
      say(t.account.emailVerified);
    });
  }, [emailToken]);
  const leave = () => {
    logOut().catch(() => {
      say(t.account.logOutFailed);
    });
  };
  const name = user.data?.displayName ?? user.data?.username;
  return (
    <View title={t.account.title} heading={name === undefined ? t.account.title : t.account.greeting(name)} isWide>
      <button type="button" class="log-out" onClick={leave}>
        {t.account.logOut}
      </button>
      <Failure of={confirming.failure} />
      {user.data === undefined ? (
        <Loading of={user} />
      ) : (
        <>
          <Factors user={user.data} onChange={user.reload} />
          <Profile user={user.data} />
          <Sessions />
        </>
      )}
    </View>
  );
}
