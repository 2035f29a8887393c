import { useState } from 'preact/hooks';
import type { User } from '../api/contract';
import { recoveryCodes, renewRecoveryCodes } from '../api/requests';
import { signedIn } from '../client';
import { locale, t } from '../i18n/language';
import { dateAndTime } from '../i18n/when';
import { Dialog } from '../ui/dialog';
import { Form } from '../ui/form';
import { useLoaded } from '../ui/load';
import { Loading } from '../ui/loading';
import { Section } from '../ui/section';
import { Cancel } from './factor-dialogs';
import { showRecoveryCodes } from './recovery-codes';

interface RecoveryCodesSectionProps {
  readonly user: User;
  readonly hasFactor: boolean;
  readonly warnings: readonly string[];
  /** The warnings may have changed. */
  readonly onChange: () => Promise<void>;
}

const WARNINGS: Readonly<Record<string, string>> = {
  recovery_codes_low: t.recovery.low,
  no_recovery_codes: t.recovery.gone,
};

export function RecoveryCodesSection({ user, hasFactor, warnings, onChange }: RecoveryCodesSectionProps) {
  const status = useLoaded(signedIn, recoveryCodes);
  const [isAsking, setAsking] = useState(false);
  const close = () => {
    setAsking(false);
  };
  const renew = async () => {
    const { codes } = await signedIn(renewRecoveryCodes());
    close();
    showRecoveryCodes(codes, user.username);
    await Promise.all([status.reload(), onChange()]);
  };
  const { data } = status;
  const spoken = warnings.map((warning) => WARNINGS[warning]).filter((text) => text !== undefined);
  return (
    <Section title={t.recovery.title}>
      {spoken.map((text) => (
        <p key={text} class="notice warn">
          {text}
        </p>
      ))}
      {data === undefined ? (
        <Loading of={status} />
      ) : !hasFactor ? (
        <p>{t.recovery.none}</p>
      ) : (
        <>
          <p>
            {t.recovery.remaining(data.remaining)}{' '}
            {data.generatedAt !== null && t.recovery.made(dateAndTime(data.generatedAt, locale))}
          </p>
          <button
            type="button"
            onClick={() => {
              setAsking(true);
            }}
          >
            {t.recovery.renew}
          </button>
        </>
      )}
      {isAsking && (
        <Dialog title={t.recovery.renewTitle} onClose={close}>
          <p>{t.recovery.renewIntro}</p>
          <Form submit={t.recovery.renew} action={renew} beside={<Cancel onClick={close} />} />
        </Dialog>
      )}
    </Section>
  );
}
