import { type ComponentChildren, createContext } from 'preact';
import { useContext, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { isProblem } from '../api/problem';
import { explain, type Explanation, Plainly } from '../i18n/explain';
import { locale, t } from '../i18n/language';

export const explainNow = (error: unknown): Explanation =>
  explain(error, { strings: t, language: locale, now: Date.now(), isOnline: navigator.onLine });

/** What is wrong with the fields of the form around, by name. */
const FieldErrors = createContext<Readonly<Record<string, string>>>({});

/** A password that confirms something: whose it is, is not in question. */
export async function orWrongPassword<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw isProblem(error, 'invalid_credentials') ? new Plainly(t.errors.wrongPassword) : error;
  }
}

/** Text of the form, by the name of the field; what was left empty is undefined. */
export type Filled = (name: string) => string;

interface FormProps {
  readonly submit: string;
  /** What the form does. What it throws is shown in plain words. */
  readonly action: (filled: Filled) => Promise<void>;
  readonly children?: ComponentChildren;
  /** Beside the button that submits. */
  readonly beside?: ComponentChildren;
  readonly isDangerous?: boolean;
}

/** A form that says what it does: busy, failed and why, with the focus where the next step is. */
export function Form({ submit, action, children, beside, isDangerous = false }: FormProps) {
  const { failure, isBusy, attempt } = useAttempt();
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    if (failure === undefined) return;
    const field = form.current?.querySelector<HTMLInputElement>('[aria-invalid="true"], [name="code"]');
    field?.focus();
    field?.select();
  }, [failure]);
  const onSubmit = (event: Event) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const filled = (name: string) => {
      const value = data.get(name);
      return typeof value === 'string' ? value : '';
    };
    void attempt(() => action(filled));
  };
  return (
    <form ref={form} method="post" onSubmit={onSubmit} aria-busy={isBusy}>
      <FieldErrors.Provider value={failure?.fields ?? {}}>
        <Failure of={failure} />
        {children}
        <div class="actions">
          <button type="submit" class={isDangerous ? 'primary danger' : 'primary'} aria-disabled={isBusy}>
            {submit}
          </button>
          {beside}
        </div>
      </FieldErrors.Provider>
    </form>
  );
}

/** One thing at a time, and what became of it. */
export function useAttempt() {
  const [failure, setFailure] = useState<Explanation>();
  const [isBusy, setBusy] = useState(false);
  const running = useRef(false);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      setFailure(explainNow(error));
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  return { failure, isBusy, attempt };
}

/** Read out when it appears. */
export function Failure({ of: failure }: { of: Explanation | undefined }) {
  return (
    <div role="alert">
      {failure !== undefined && (
        <div class="notice bad">
          <p>
            {failure.message}
            {failure.reference !== undefined && <small>{t.common.reference(failure.reference)}</small>}
          </p>
        </div>
      )}
    </div>
  );
}

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly type?: 'text' | 'email' | 'tel';
  readonly autocomplete: string;
  readonly inputMode?: 'numeric' | 'text' | 'email' | 'tel';
  readonly value?: string | undefined;
  readonly isOptional?: boolean;
  readonly isFocused?: boolean;
  readonly maxLength?: number;
}

export function Field({ name, label, hint, isOptional = false, isFocused = false, ...props }: FieldProps) {
  const { id, error, described, messages } = useField(name, hint);
  const input = useFocusAtFirst(isFocused);
  return (
    <div class="field">
      <label for={id}>
        {label}
        {isOptional && <span class="muted"> ({t.common.optional})</span>}
      </label>
      <input
        ref={input}
        id={id}
        name={name}
        type={inputType(props.type ?? 'text')}
        autocomplete={props.autocomplete}
        inputMode={props.inputMode}
        defaultValue={props.value}
        maxLength={props.maxLength}
        required={!isOptional}
        aria-invalid={error !== undefined}
        aria-describedby={described}
        autocapitalize="none"
        autocorrect="off"
        spellcheck={false}
      />
      {messages}
    </div>
  );
}

interface PasswordFieldProps {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly autocomplete: 'current-password' | 'new-password';
  readonly isFocused?: boolean;
}

export function PasswordField({ name, label, hint, autocomplete, isFocused = false }: PasswordFieldProps) {
  const { id, error, described, messages } = useField(name, hint);
  const input = useFocusAtFirst(isFocused);
  const [isShown, setShown] = useState(false);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="with-button">
        <input
          ref={input}
          id={id}
          name={name}
          type={inputType(isShown ? 'text' : 'password')}
          autocomplete={autocomplete}
          required
          aria-invalid={error !== undefined}
          aria-describedby={described}
          autocapitalize="none"
          autocorrect="off"
          spellcheck={false}
        />
        <button
          type="button"
          class="inline"
          aria-pressed={isShown}
          aria-label={t.common.showPassword}
          onClick={() => {
            setShown(!isShown);
          }}
        >
          {isShown ? t.common.hide : t.common.show}
        </button>
      </div>
      {messages}
    </div>
  );
}

/** Tells a password manager whose password it is. */
export function HiddenUsername({ value }: { value: string }) {
  return (
    <input
      class="hidden"
      type="text"
      name="username"
      autocomplete="username"
      value={value}
      readOnly
      tabIndex={-1}
      aria-hidden="true"
    />
  );
}

/** One of many types, as one: which attributes go with it does not differ. */
const inputType = (type: 'text' | 'email' | 'tel' | 'password') => type as 'password';

function useField(name: string, hint: string | undefined) {
  const id = useId();
  const error = useContext(FieldErrors)[name];
  const ids = [error !== undefined && `${id}-error`, hint !== undefined && `${id}-hint`].filter(
    (each) => each !== false,
  );
  const messages = (
    <>
      {error !== undefined && (
        <p id={`${id}-error`} class="field-error">
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </>
  );
  return { id, error, described: ids.length > 0 ? ids.join(' ') : undefined, messages };
}

function useFocusAtFirst(isFocused: boolean) {
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (isFocused) input.current?.focus();
  }, []);
  return input;
}
