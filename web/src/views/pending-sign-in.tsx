import type { SecondFactorWanted } from '../api/contract';
import { keeper, logOut, withToken } from '../client';
import { t } from '../i18n/language';
import { say } from '../ui/announcements';
import { View } from '../ui/view';
import { Enroll } from './enroll';
import { SecondFactor } from './second-factor';

/** Half a sign-in: the second factor, or enrolling the first one. */
export function PendingSignIn({ wanted }: { wanted: SecondFactorWanted }) {
  const call = withToken(wanted.mfaToken);
  const cancel = () => {
    // The service is told, or lets the MFA token end by itself; here it is forgotten either way.
    void logOut()
      .catch(() => undefined)
      .then(() => {
        keeper.forget();
        say(undefined);
      });
  };
  const onTooLong = () => {
    // Where a refresh led here, the cookie leads here again.
    void keeper.restore().then(
      () => {
        if (keeper.standing.is === 'signed_out') say(t.secondFactor.tooLong);
      },
      () => {
        keeper.forget();
        say(t.secondFactor.tooLong);
      },
    );
  };
  const isVerifying = wanted.status === 'mfa_required';
  const intro = isVerifying
    ? (t.secondFactor.reasons[wanted.reason] ?? t.secondFactor.reasons['login'])
    : t.enroll.firstIntro;
  return (
    <View title={isVerifying ? t.secondFactor.title : t.enroll.firstTitle} intro={intro ?? ''}>
      {isVerifying ? (
        <SecondFactor
          call={call}
          factors={wanted.factors}
          none={t.secondFactor.noneUsable}
          onDone={() => undefined}
          onTooLong={onTooLong}
        />
      ) : (
        <Enroll call={call} user={undefined} onTooLong={onTooLong} onDone={() => undefined} />
      )}
      <nav class="links" aria-label={t.common.back}>
        <button type="button" class="link" onClick={cancel}>
          {t.secondFactor.cancel}
        </button>
      </nav>
    </View>
  );
}
