import { useState } from 'preact/hooks';
import type { SecondFactorWanted } from '../api/contract';
import { listFactors, reauthenticate } from '../api/requests';
import { desk, keeper, withToken } from '../client';
import { t } from '../i18n/language';
import type { StepUpDemand } from '../session/step-up';
import { fits } from '../session/fitting-factors';
import { Dialog } from '../ui/dialog';
import { Form, orWrongPassword, PasswordField } from '../ui/form';
import { useLoaded } from '../ui/load';
import { Loading } from '../ui/loading';
import { useSource } from '../ui/store';
import { Enroll } from './enroll';
import { SecondFactor } from './second-factor';

/** Opens when a request was refused for want of something the person can give, and lets it be repeated. */
export function StepUpDialog() {
  const demand = useSource(desk, () => desk.demand);
  if (demand === undefined) return null;
  const decline = () => {
    desk.settle(false);
  };
  return <Demanded key={demand.code} demand={demand} onClose={decline} />;
}

function Demanded({ demand, onClose }: { demand: StepUpDemand; onClose: () => void }) {
  // Confirming the password may lead on to the second factor.
  const [wanted, setWanted] = useState<SecondFactorWanted | undefined>(demand.wanted);
  const done = () => {
    desk.settle(true);
  };
  if (demand.code === 'reauthentication_required' && wanted === undefined) {
    return (
      <Dialog title={t.passwordAgain.title} onClose={onClose}>
        <p>{t.passwordAgain.intro}</p>
        <Form
          submit={t.passwordAgain.submit}
          action={async (filled) => {
            const answer = await orWrongPassword(withToken(tokenNow())(reauthenticate(filled('password'))));
            if (answer.status === 'authenticated') done();
            else setWanted(answer);
          }}
        >
          <PasswordField name="password" label={t.fields.password} autocomplete="current-password" isFocused />
        </Form>
      </Dialog>
    );
  }
  const token = wanted?.mfaToken ?? tokenNow();
  if (demand.code === 'mfa_enrollment_required' || wanted?.status === 'mfa_enrollment_required') {
    return (
      <Dialog title={t.enroll.firstTitle} onClose={onClose}>
        <p>{t.enroll.stepUpIntro}</p>
        <Enroll call={withToken(token)} user={undefined} onDone={done} onTooLong={onClose} />
      </Dialog>
    );
  }
  const reason = wanted === undefined ? undefined : t.secondFactor.reasons[wanted.reason];
  const intro = demand.code === 'mfa_insufficient' ? t.secondFactor.insufficient : (reason ?? t.secondFactor.stepUp);
  return (
    <Dialog title={t.secondFactor.stepUpTitle} onClose={onClose}>
      <p>{intro}</p>
      {wanted === undefined ? (
        <OwnFactors token={token} demand={demand} onDone={done} onTooLong={onClose} />
      ) : (
        <SecondFactor
          call={withToken(token)}
          factors={wanted.factors}
          none={t.secondFactor.noneUsable}
          onDone={done}
          onTooLong={onClose}
        />
      )}
    </Dialog>
  );
}

interface OwnFactorsProps {
  readonly token: string;
  readonly demand: StepUpDemand;
  readonly onDone: () => void;
  readonly onTooLong: () => void;
}

/** The refusal of a guard does not say which factors there are. */
function OwnFactors({ token, demand, ...props }: OwnFactorsProps) {
  const call = withToken(token);
  const loaded = useLoaded(call, listFactors);
  if (loaded.data === undefined) return <Loading of={loaded} />;
  const usable = loaded.data.items
    .filter(({ status }) => status === 'active')
    .filter((factor) => fits(factor, demand.required))
    .sort((a, b) => Number(b.preferred) - Number(a.preferred));
  return <SecondFactor call={call} factors={usable} none={t.secondFactor.noneFits} {...props} />;
}

function tokenNow(): string {
  return keeper.signIn?.accessToken ?? '';
}
