import { useEffect, useRef } from 'preact/hooks';
import { isProblem } from '../api/problem';
import { passkeyLogin, passkeyOptions } from '../api/requests';
import { anonymously } from '../client';
import { facts } from '../facts';
import { Plainly } from '../i18n/explain';
import { t } from '../i18n/language';
import { fillsInPasskeys, hasPasskeys, usePasskey } from '../passkeys/webauthn';
import { say } from '../ui/announcements';
import { useAttempt } from '../ui/form';

/** A challenge lives five minutes: what the browser offers to fill in gets a new one before. */
const RENEWED_AFTER = 240_000;

/** A login without a password: by a button, and where the browser can, among the names it fills in. */
export function usePasskeyLogin() {
  const { failure, isBusy, attempt } = useAttempt();
  const offering = useRef(new AbortController());
  const isOffered = facts.passkeys && hasPasskeys;

  const offer = async (): Promise<void> => {
    if (!isOffered || !(await fillsInPasskeys())) return;
    offering.current.abort();
    const controller = new AbortController();
    offering.current = controller;
    const timer = setTimeout(() => void offer(), RENEWED_AFTER);
    controller.signal.addEventListener('abort', () => {
      clearTimeout(timer);
    });
    try {
      const { challengeId, publicKey } = await anonymously(passkeyOptions());
      if (controller.signal.aborted) return;
      const credential = await usePasskey(publicKey, { mediation: 'conditional', signal: controller.signal });
      clearTimeout(timer);
      await attempt(() => present(challengeId, credential));
    } catch {
      // Nobody asked for it: the button says what does not work.
    }
  };

  useEffect(() => {
    void offer();
    return () => {
      offering.current.abort();
    };
  }, []);

  const begin = () => {
    offering.current.abort();
    void attempt(async () => {
      const { challengeId, publicKey } = await anonymously(passkeyOptions());
      await present(challengeId, await usePasskey(publicKey));
    }).then(offer);
  };
  return { isOffered, isBusy, failure, begin };
}

async function present(challengeId: string, credential: object): Promise<void> {
  try {
    await anonymously(passkeyLogin(challengeId, credential));
  } catch (error) {
    // Elsewhere this code speaks of a password.
    throw isProblem(error, 'invalid_credentials') ? new Plainly(t.login.passkeyRefused) : error;
  }
  say(undefined);
}
