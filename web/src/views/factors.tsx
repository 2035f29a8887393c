import { useState } from 'preact/hooks';
import type { Factor, User } from '../api/contract';
import { changeFactor, listFactors } from '../api/requests';
import { signedIn } from '../client';
import { locale, t } from '../i18n/language';
import { dateAndTime } from '../i18n/when';
import { say } from '../ui/announcements';
import { Dialog } from '../ui/dialog';
import { Failure, useAttempt } from '../ui/form';
import { Icon } from '../ui/icon';
import { useLoaded } from '../ui/load';
import { Loading } from '../ui/loading';
import { Section } from '../ui/section';
import { Enroll, typeName } from './enroll';
import { DropDialog, RenameDialog } from './factor-dialogs';
import { RecoveryCodesSection } from './recovery-codes-section';
import { nameOfFactor } from './second-factor';

type Open = { readonly is: 'enroll' } | { readonly is: 'rename' | 'drop'; readonly factor: Factor };

interface FactorsProps {
  readonly user: User;
  /** Whether the account has a second factor may have changed. */
  readonly onChange: () => Promise<void>;
}

export function Factors({ user, onChange }: FactorsProps) {
  const loaded = useLoaded(signedIn, listFactors);
  const [open, setOpen] = useState<Open>();
  const { attempt, failure } = useAttempt();
  const close = () => {
    setOpen(undefined);
  };
  const reload = async () => {
    await Promise.all([loaded.reload(), onChange()]);
  };
  const changed = () => {
    close();
    void reload();
  };
  const prefer = (factor: Factor) => {
    void attempt(async () => {
      await signedIn(changeFactor(factor.id, { preferred: true }));
      await loaded.reload();
      say(t.factors.preferredNow(factor.name));
    });
  };
  const { data } = loaded;
  const own = data?.items.filter(({ status, type }) => status === 'active' && type !== 'recovery_code') ?? [];
  return (
    <>
      <Section title={t.factors.title}>
        <p>{data !== undefined && own.length === 0 ? t.factors.none : t.factors.intro}</p>
        <Failure of={failure} />
        {data === undefined ? (
          <Loading of={loaded} />
        ) : (
          <>
            {data.warnings.includes('stronger_factor_advised') && (
              <p class="notice warn">{t.factors.strongerAdvised}</p>
            )}
            <ul class="list">
              {own.map((factor) => (
                <Row
                  key={factor.id}
                  factor={factor}
                  mayBePreferred={own.length > 1 && !factor.preferred}
                  onOpen={setOpen}
                  onPrefer={prefer}
                />
              ))}
            </ul>
            <button
              type="button"
              class={own.length === 0 ? 'primary' : undefined}
              onClick={() => {
                setOpen({ is: 'enroll' });
              }}
            >
              {own.length === 0 ? t.factors.addFirst : t.factors.add}
            </button>
          </>
        )}
        {open?.is === 'enroll' && (
          <Dialog title={t.enroll.firstTitle} onClose={close}>
            <Enroll call={signedIn} user={user} onDone={changed} onTooLong={close} />
          </Dialog>
        )}
        {open?.is === 'rename' && <RenameDialog factor={open.factor} onClose={close} onDone={changed} />}
        {open?.is === 'drop' && <DropDialog factor={open.factor} onClose={close} onDone={changed} />}
      </Section>
      {data !== undefined && (
        <RecoveryCodesSection
          key={own.length === 0 ? 'none' : 'some'}
          user={user}
          hasFactor={own.length > 0}
          warnings={data.warnings}
          onChange={loaded.reload}
        />
      )}
    </>
  );
}

interface RowProps {
  readonly factor: Factor;
  readonly mayBePreferred: boolean;
  readonly onOpen: (open: Open) => void;
  readonly onPrefer: (factor: Factor) => void;
}

function Row({ factor, mayBePreferred, onOpen, onPrefer }: RowProps) {
  const { name, type, lastUsedAt } = factor;
  const used = lastUsedAt === null ? t.factors.neverUsed : t.factors.lastUsed(dateAndTime(lastUsedAt, locale));
  return (
    <li>
      <Icon name={type} />
      <div class="what">
        <strong>{nameOfFactor(factor)}</strong>
        {factor.preferred && <span class="badge good">{t.factors.preferred}</span>}
        <span class="muted">
          {typeName(type)} · {used}
        </span>
      </div>
      <div class="do">
        {mayBePreferred && (
          <button
            type="button"
            aria-label={t.factors.preferNamed(name)}
            onClick={() => {
              onPrefer(factor);
            }}
          >
            {t.factors.prefer}
          </button>
        )}
        <button
          type="button"
          aria-label={t.factors.renameNamed(name)}
          onClick={() => {
            onOpen({ is: 'rename', factor });
          }}
        >
          {t.factors.rename}
        </button>
        <button
          type="button"
          aria-label={t.factors.dropNamed(name)}
          onClick={() => {
            onOpen({ is: 'drop', factor });
          }}
        >
          {t.factors.drop}
        </button>
      </div>
    </li>
  );
}
