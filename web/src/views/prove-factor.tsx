import type { Enrollment, Proof } from '../api/contract';
import { t } from '../i18n/language';
import { createPasskey } from '../passkeys/webauthn';
import { CopyButton } from '../ui/copy-button';
import { Failure, Form, useAttempt } from '../ui/form';
import { CodeField, codeIn } from './code-field';

interface ProveFactorProps {
  readonly type: string;
  readonly enrollment: Enrollment['enrollment'];
  readonly onProof: (proof: Proof) => Promise<void>;
  readonly onBack: () => void;
}

/** The proof that a new factor works: a code of it, or a passkey made for it. */
export function ProveFactor({ type, enrollment, onProof, onBack }: ProveFactorProps) {
  const { attempt, failure, isBusy } = useAttempt();
  const { publicKey, secret, sentTo } = enrollment;
  const back = (
    <button type="button" onClick={onBack}>
      {t.enroll.another}
    </button>
  );
  if (publicKey !== undefined) {
    return (
      <>
        <p>{t.enroll.webauthn}</p>
        <Failure of={failure} />
        <div class="actions">
          <button
            type="button"
            class="primary"
            aria-disabled={isBusy}
            onClick={() => void attempt(async () => onProof({ credential: await createPasskey(publicKey) }))}
          >
            {t.enroll.createPasskey}
          </button>
          {back}
        </div>
      </>
    );
  }
  return (
    <>
      {secret !== undefined && <AppSecret {...enrollment} secret={secret} />}
      {sentTo !== undefined && <p>{t.enroll.sent(sentTo)}</p>}
      {secret === undefined && sentTo === undefined && <p>{t.secondFactor.generic}</p>}
      <Form submit={t.enroll.submit} action={(filled) => onProof({ code: codeIn(filled, type) })} beside={back}>
        <CodeField type={type} />
      </Form>
    </>
  );
}

/** What an authenticator app takes: a picture, a key, or a link for an app on the same device. */
function AppSecret({ secret, qrCode, otpauthUri }: Enrollment['enrollment'] & { secret: string }) {
  return (
    <>
      <p>{t.enroll.scan}</p>
      {qrCode !== undefined && <img class="qr" src={qrCode} alt={t.enroll.qrAlt} width="220" height="220" />}
      <p>{t.enroll.typeIn}</p>
      <div class="secret">
        <code data-secret={secret}>{secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code>
        <CopyButton text={secret} />
      </div>
      {otpauthUri !== undefined && (
        <p>
          <a href={otpauthUri}>{t.enroll.openApp}</a>
        </p>
      )}
      <p>{t.enroll.thenCode}</p>
    </>
  );
}
