import { facts } from '../facts';
import { t } from '../i18n/language';
import { CopyButton } from '../ui/copy-button';
import { Dialog } from '../ui/dialog';
import { Cell, useSource } from '../ui/store';

interface FreshCodes {
  readonly codes: readonly string[];
  readonly username: string | undefined;
}

/** Here and not in the view that got them: signing in may take that view away, and they are never shown again. */
const fresh = new Cell<FreshCodes>();

export function showRecoveryCodes(codes: readonly string[], username: string | undefined): void {
  fresh.set({ codes, username });
}

/** The ten codes, seen once: to download, to print, to copy. Nothing else of the page is printed. */
export function RecoveryCodesDialog() {
  const shown = useSource(fresh, () => fresh.value);
  if (shown === undefined) return null;
  const { codes, username } = shown;
  const text = `${t.codes.fileHead(facts.appName, username ?? '')}\n\n${codes.join('\n')}\n`;
  return (
    <Dialog title={t.codes.title}>
      <p>{t.codes.intro}</p>
      <ul class="codes" aria-label={t.codes.list}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div class="actions">
        <button
          type="button"
          onClick={() => {
            download(t.codes.fileName, text);
          }}
        >
          {t.codes.download}
        </button>
        <button
          type="button"
          onClick={() => {
            print();
          }}
        >
          {t.codes.print}
        </button>
        <CopyButton text={text} />
      </div>
      <div class="actions">
        <button
          type="button"
          class="primary"
          onClick={() => {
            fresh.set(undefined);
          }}
        >
          {t.codes.done}
        </button>
      </div>
    </Dialog>
  );
}

function download(name: string, text: string): void {
  const href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  Object.assign(document.createElement('a'), { href, download: name }).click();
  setTimeout(() => {
    URL.revokeObjectURL(href);
  }, 10_000);
}
