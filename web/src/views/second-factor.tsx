import { useEffect, useRef, useState } from 'preact/hooks';
import type { Challenge, Proof, UsableFactor } from '../api/contract';
import { isProblem, orTooLong } from '../api/problem';
import { challenge as newChallenge, verify } from '../api/requests';
import type { Call } from '../client';
import { t } from '../i18n/language';
import { usePasskey } from '../passkeys/webauthn';
import { Failure, Form, useAttempt } from '../ui/form';
import { Icon } from '../ui/icon';
import { CodeField, codeIn } from './code-field';

interface SecondFactorProps {
  readonly call: Call;
  readonly factors: readonly UsableFactor[];
  readonly onDone: () => void;
  /** What to say where there is none. */
  readonly none: string;
  /** The token that the challenges go by has ended. */
  readonly onTooLong: () => void;
}

/** Whose code is there before anybody asks for it: the challenge can wait until the code is typed in. */
const NOTHING_IS_SENT = ['totp', 'recovery_code', 'webauthn'];

export const nameOfFactor = ({ name, hint }: UsableFactor): string => (hint === null ? name : `${name} (${hint})`);

/** Asks for one of the factors, the preferred first, and lets the person choose another. */
export function SecondFactor({ factors, none, ...props }: SecondFactorProps) {
  const [chosen, choose] = useState(factors[0]);
  if (chosen === undefined) return <p class="notice bad">{none}</p>;
  const others = factors.filter(({ id }) => id !== chosen.id);
  return (
    <>
      <OneFactor key={chosen.id} factor={chosen} {...props} />
      {others.length > 0 && (
        <section class="others" aria-labelledby="other-factors">
          <h2 id="other-factors">{t.secondFactor.others}</h2>
          <ul class="choices">
            {others.map((factor) => (
              <li key={factor.id}>
                <button
                  type="button"
                  class="choice"
                  onClick={() => {
                    choose(factor);
                  }}
                >
                  <Icon name={factor.type} />
                  <span>{nameOfFactor(factor)}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function OneFactor({
  factor,
  call,
  onDone,
  onTooLong,
}: Omit<SecondFactorProps, 'factors' | 'none'> & { factor: UsableFactor }) {
  const current = useRef<Challenge | undefined>(undefined);
  const [sentTo, setSentTo] = useState<string>();
  const [isResent, setResent] = useState(false);
  const [isWaiting, setWaiting] = useState(false);
  const sending = useAttempt();
  const passkey = useAttempt();

  const begin = async (): Promise<Challenge> => {
    current.current = await orTooLong(call(newChallenge(factor.id)), onTooLong);
    setSentTo(current.current.sentTo);
    return current.current;
  };
  const prove = async (proof: Proof, mayBeginAnew: boolean): Promise<void> => {
    const { id } = current.current ?? (await begin());
    try {
      let answer = await orTooLong(call(verify(id, proof)), onTooLong);
      while (answer.status === 'pending') {
        setWaiting(true);
        const { retryAfter } = answer;
        await new Promise((resolve) => setTimeout(resolve, Math.max(1, retryAfter) * 1000));
        answer = await orTooLong(call(verify(id, proof)), onTooLong);
      }
      onDone();
    } catch (error) {
      if (!isProblem(error, 'challenge_expired')) throw error;
      current.current = undefined;
      // Nothing was sent that would be out of date: the same code may do for a new challenge.
      if (mayBeginAnew) {
        await prove(proof, false);
        return;
      }
      throw error;
    } finally {
      setWaiting(false);
    }
  };
  const isSent = !NOTHING_IS_SENT.includes(factor.type);
  useEffect(() => {
    if (isSent)
      void sending.attempt(async () => {
        await begin();
      });
  }, []);

  if (factor.type === 'webauthn') {
    return (
      <>
        <p>{t.secondFactor.webauthn}</p>
        <Failure of={passkey.failure} />
        <div class="actions">
          <button
            type="button"
            class="primary"
            aria-disabled={passkey.isBusy}
            onClick={() =>
              void passkey.attempt(async () => {
                const { publicKey } = await begin();
                if (publicKey === undefined) throw new Error('A passkey challenge without options');
                await prove({ credential: await usePasskey(publicKey) }, false);
              })
            }
          >
            {t.secondFactor.usePasskey}
          </button>
        </div>
      </>
    );
  }
  const instruction =
    sentTo !== undefined
      ? t.secondFactor.sent(sentTo)
      : factor.type === 'totp'
        ? t.secondFactor.totp
        : factor.type === 'recovery_code'
          ? t.secondFactor.recoveryCode
          : sending.isBusy
            ? t.secondFactor.sending
            : t.secondFactor.generic;
  return (
    <>
      <p role="status">{isWaiting ? t.secondFactor.waiting : isResent ? t.secondFactor.resent : instruction}</p>
      <Failure of={sending.failure} />
      <Form
        submit={t.secondFactor.submit}
        action={(filled) => {
          setResent(false);
          return prove({ code: codeIn(filled, factor.type) }, !isSent);
        }}
        beside={
          sentTo !== undefined && (
            <button
              type="button"
              aria-disabled={sending.isBusy}
              onClick={() =>
                void sending.attempt(async () => {
                  setResent(false);
                  await begin();
                  setResent(true);
                })
              }
            >
              {t.secondFactor.resend}
            </button>
          )
        }
      >
        <CodeField type={factor.type} />
      </Form>
    </>
  );
}
