import { useState } from 'preact/hooks';
import { forgotPassword } from '../api/requests';
import { anonymously } from '../client';
import { t } from '../i18n/language';
import { Field, Form } from '../ui/form';
import { View } from '../ui/view';

export function Forgot() {
  const [isSent, setSent] = useState(false);
  return (
    <View title={t.forgot.title} intro={t.forgot.intro}>
      <div role="status">
        {isSent && (
          <div class="notice good">
            <p>{t.forgot.sent}</p>
          </div>
        )}
      </div>
      <Form
        submit={t.forgot.submit}
        action={async (filled) => {
          setSent(false);
          await anonymously(forgotPassword(filled('identifier').trim()));
          setSent(true);
        }}
      >
        <Field name="identifier" label={t.fields.identifier} autocomplete="username" inputMode="email" isFocused />
      </Form>
      <nav class="links" aria-label={t.forgot.title}>
        <a href="#login">{t.forgot.login}</a>
      </nav>
    </View>
  );
}
