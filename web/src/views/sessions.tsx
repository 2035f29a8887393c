import { useRef } from 'preact/hooks';
import type { ListedSession } from '../api/contract';
import { endOtherSessions, endSession, listSessions } from '../api/requests';
import { signedIn } from '../client';
import { locale, t } from '../i18n/language';
import { dateAndTime } from '../i18n/when';
import { say } from '../ui/announcements';
import { Failure, useAttempt } from '../ui/form';
import { useLoaded } from '../ui/load';
import { Loading } from '../ui/loading';
import { Section } from '../ui/section';

export function Sessions() {
  const loaded = useLoaded(signedIn, () => listSessions());
  const { attempt, failure, isBusy } = useAttempt();
  const section = useRef<HTMLDivElement>(null);
  const { data } = loaded;
  /** The button that was used goes away with its row: the focus must not fall to the top of the page. */
  const keepFocus = () => {
    section.current?.closest('section')?.querySelector('h2')?.focus();
  };
  const end = (request: ReturnType<typeof endSession>, done: string) => {
    void attempt(async () => {
      await signedIn(request);
      await loaded.reload();
      keepFocus();
      say(done);
    });
  };
  const more = (cursor: string) => {
    void attempt(async () => {
      const next = await signedIn(listSessions(cursor));
      loaded.set({ ...next, items: [...(data?.items ?? []), ...next.items] });
    });
  };
  return (
    <Section title={t.sessions.title}>
      <div ref={section}>
        <Failure of={failure} />
        {data === undefined ? (
          <Loading of={loaded} />
        ) : (
          <>
            <ul class="list">
              {data.items.map((session) => (
                <Row
                  key={session.id}
                  session={session}
                  isBusy={isBusy}
                  onEnd={() => {
                    end(endSession(session.id), t.sessions.ended);
                  }}
                />
              ))}
            </ul>
            <div class="actions" hidden={data.items.length < 2}>
              {data.nextCursor !== null && (
                <button
                  type="button"
                  onClick={() => {
                    if (data.nextCursor !== null) more(data.nextCursor);
                  }}
                >
                  {t.sessions.more}
                </button>
              )}
              {data.items.length > 1 && (
                <button
                  type="button"
                  aria-disabled={isBusy}
                  onClick={() => {
                    end(endOtherSessions(), t.sessions.endedOthers);
                  }}
                >
                  {t.sessions.endOthers}
                </button>
              )}
            </div>
          </>
        )}
      </div>
    </Section>
  );
}

interface RowProps {
  readonly session: ListedSession;
  readonly isBusy: boolean;
  readonly onEnd: () => void;
}

function Row({ session, isBusy, onEnd }: RowProps) {
  const lastUsed = dateAndTime(session.lastUsedAt, locale);
  return (
    <li>
      <div class="what">
        <strong>{session.device}</strong>
        {session.current && <span class="badge good">{t.sessions.current}</span>}
        <span class="muted">
          {t.sessions.lastUsed(lastUsed)} · {session.ip} · {t.sessions.since(dateAndTime(session.createdAt, locale))}
        </span>
      </div>
      {!session.current && (
        <div class="do">
          <button
            type="button"
            aria-label={t.sessions.endNamed(session.device, lastUsed)}
            aria-disabled={isBusy}
            onClick={onEnd}
          >
            {t.sessions.end}
          </button>
        </div>
      )}
    </li>
  );
}
