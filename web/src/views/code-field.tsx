import { t } from '../i18n/language';
import { Field, type Filled } from '../ui/form';

const DIGITS = ['totp', 'email', 'sms'];

/** As it was typed or pasted, without the spaces that apps and people put into digits. */
export function codeIn(filled: Filled, type: string): string {
  const text = filled('code').trim();
  return DIGITS.includes(type) ? text.replaceAll(/\s/g, '') : text;
}

/** Six digits for the types that have them; anything for a recovery code and for plug-ins. */
export function CodeField({ type }: { type: string }) {
  const isDigits = DIGITS.includes(type);
  return (
    <Field
      name="code"
      label={type === 'recovery_code' ? t.fields.recoveryCode : t.fields.code}
      autocomplete={type === 'recovery_code' ? 'off' : 'one-time-code'}
      inputMode={isDigits ? 'numeric' : 'text'}
      maxLength={isDigits ? 12 : 128}
      isFocused
    />
  );
}
