import { useState } from 'preact/hooks';
import { t } from '../i18n/language';

/** Says on itself what became of it. */
export function CopyButton({ text }: { text: string }) {
  const [outcome, setOutcome] = useState<string>();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome(t.common.copied);
    } catch {
      setOutcome(t.errors.clipboard);
    }
  };
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        {t.common.copy}
      </button>
      <span class="muted" role="status">
        {outcome}
      </span>
    </>
  );
}
