import { useState } from 'preact/hooks';
import type { Enrollment, EnrollmentRequest, Proof, User } from '../api/contract';
import { isProblem, orTooLong } from '../api/problem';
import { activate, enroll, listFactors } from '../api/requests';
import type { Call } from '../client';
import { Plainly } from '../i18n/explain';
import { t } from '../i18n/language';
import { hasPasskeys } from '../passkeys/webauthn';
import { say } from '../ui/announcements';
import { Field, Form } from '../ui/form';
import { Icon } from '../ui/icon';
import { useLoaded } from '../ui/load';
import { Loading } from '../ui/loading';
import { ProveFactor } from './prove-factor';
import { showRecoveryCodes } from './recovery-codes';

interface EnrollProps {
  readonly call: Call;
  /** Whose addresses are filled in; not known while somebody signs in. */
  readonly user: User | undefined;
  readonly onDone: () => void;
  readonly onTooLong: () => void;
}

export const typeName = (type: string): string => t.types[type] ?? type;

/** A new factor in three steps: which, how, and the proof that it works; then the recovery codes, where they come with it. */
export function Enroll({ call, user, onDone, onTooLong }: EnrollProps) {
  const [type, setType] = useState<string>();
  const [begun, setBegun] = useState<Enrollment>();
  const loaded = useLoaded(call, listFactors);

  if (loaded.data === undefined) return <Loading of={loaded} />;
  const available = loaded.data.available.filter((each) => each !== 'webauthn' || hasPasskeys);
  if (type === undefined) return <TypeChoice available={available} onChoose={setType} />;

  const begin = async (request: EnrollmentRequest): Promise<void> => {
    setBegun(await orTooLong(call(enroll(request)), onTooLong));
  };
  const prove = async (proof: Proof): Promise<void> => {
    if (begun === undefined) return;
    const { factor, recoveryCodes } = await orTooLong(call(activate(begun.factor.id, proof)), onTooLong);
    say(t.enroll.done(factor.name));
    onDone();
    if (recoveryCodes !== undefined && recoveryCodes.length > 0) showRecoveryCodes(recoveryCodes, user?.username);
  };
  const another = () => {
    setBegun(undefined);
    setType(undefined);
  };
  return (
    <div class="enroll">
      <h2>{t.enroll.titles[type] ?? t.enroll.otherTitle(typeName(type))}</h2>
      {begun === undefined ? (
        <Beginning type={type} user={user} onBegin={begin} onBack={another} />
      ) : (
        <ProveFactor type={type} enrollment={begun.enrollment} onProof={prove} onBack={another} />
      )}
    </div>
  );
}

function TypeChoice({ available, onChoose }: { available: readonly string[]; onChoose: (type: string) => void }) {
  if (available.length === 0) return <p>{t.enroll.none}</p>;
  return (
    <ul class="choices">
      {available.map((type) => (
        <li key={type}>
          <button
            type="button"
            class="choice"
            onClick={() => {
              onChoose(type);
            }}
          >
            <Icon name={type} />
            <span>
              <strong>{typeName(type)}</strong>
              {t.enroll.about[type] !== undefined && <span class="muted">{t.enroll.about[type]}</span>}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

interface BeginningProps {
  readonly type: string;
  readonly user: User | undefined;
  readonly onBegin: (request: EnrollmentRequest) => Promise<void>;
  readonly onBack: () => void;
}

/** What the service has to know: a name, and where codes are to go. */
function Beginning({ type, user, onBegin, onBack }: BeginningProps) {
  const [needsCode, setNeedsCode] = useState(false);
  const begin = async (filled: (name: string) => string): Promise<void> => {
    const given = Object.entries({
      name: filled('name').trim(),
      email: filled('email').trim(),
      phone: filled('phone').replaceAll(/[\s()/.-]/g, ''),
      enrollmentCode: filled('enrollmentCode').trim(),
    }).filter(([, value]) => value !== '');
    try {
      await onBegin({ type, ...Object.fromEntries(given) });
    } catch (error) {
      // The account must have a factor and has signed in before: a password alone does not enroll it.
      if (!isProblem(error, 'invalid_token')) throw error;
      setNeedsCode(true);
      throw needsCode ? error : new Plainly(t.enroll.needsCode);
    }
  };
  return (
    <Form
      submit={t.enroll.begin}
      action={begin}
      beside={
        <button type="button" onClick={onBack}>
          {t.enroll.another}
        </button>
      }
    >
      {type === 'email' && (
        <Field
          name="email"
          type="email"
          label={t.fields.email}
          autocomplete="email"
          inputMode="email"
          value={user?.email ?? undefined}
          isOptional={user === undefined}
          isFocused
        />
      )}
      {type === 'sms' && (
        <Field
          name="phone"
          type="tel"
          label={t.fields.phone}
          hint={t.fields.phoneHint}
          autocomplete="tel"
          inputMode="tel"
          value={user?.phone ?? undefined}
          isOptional={user === undefined}
          isFocused
        />
      )}
      <Field
        name="name"
        label={t.fields.name}
        hint={t.fields.factorNameHint}
        autocomplete="off"
        maxLength={64}
        isOptional
        isFocused={type !== 'email' && type !== 'sms'}
      />
      {needsCode && (
        <Field name="enrollmentCode" label={t.fields.enrollmentCode} autocomplete="off" maxLength={128} isFocused />
      )}
    </Form>
  );
}
