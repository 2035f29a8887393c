import { t } from '../i18n/language';
import { Failure } from './form';
import type { Loaded } from './load';

/** In place of what is not there yet. */
export function Loading<T>({ of: { failure, reload } }: { of: Loaded<T> }) {
  if (failure === undefined) return <p class="muted">{t.common.loading}</p>;
  return (
    <>
      <Failure of={failure} />
      <button type="button" onClick={() => void reload()}>
        {t.common.tryAgain}
      </button>
    </>
  );
}
