import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/language';
import { Icon } from './icon';

interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** Escape, or the cross. Left out where the person must not miss what it says. */
  readonly onClose?: () => void;
}

/** A modal dialog of the browser's own: it keeps the focus in, and gives it back. */
export function Dialog({ title, children, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    if (!element.open) element.showModal();
    // Where to begin: the first field, else the heading, from which a screen reader reads on.
    const first = element.querySelector<HTMLElement>('input:not([tabindex="-1"])') ?? element.querySelector('h2');
    first?.focus();
    return () => {
      element.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
    >
      <div class="dialog-head">
        <h2 id={id} tabIndex={-1}>
          {title}
        </h2>
        {onClose !== undefined && (
          <button type="button" class="icon-button" aria-label={t.common.close} onClick={onClose}>
            <Icon name="close" />
          </button>
        )}
      </div>
      {children}
    </dialog>
  );
}
