import { login } from '../api/requests';
import { anonymously } from '../client';
import { facts } from '../facts';
import { t } from '../i18n/language';
import { keptDeviceToken } from '../session/device-token';
import { say } from '../ui/announcements';
import { Failure, Field, Form, PasswordField } from '../ui/form';
import { View } from '../ui/view';
import { usePasskeyLogin } from './passkey-login';

export function Login() {
  const passkey = usePasskeyLogin();
  return (
    <View title={t.login.title}>
      <Form
        submit={t.login.submit}
        action={async (filled) => {
          await anonymously(login(filled('identifier').trim(), filled('password'), keptDeviceToken()));
          say(undefined);
        }}
      >
        <Field
          name="identifier"
          label={t.fields.identifier}
          autocomplete="username webauthn"
          inputMode="email"
          isFocused
        />
        <PasswordField name="password" label={t.fields.password} autocomplete="current-password" />
      </Form>
      {passkey.isOffered && (
        <div class="alternative">
          <p class="or">{t.login.or}</p>
          <Failure of={passkey.failure} />
          <button type="button" class="full" aria-disabled={passkey.isBusy} onClick={passkey.begin}>
            {t.login.passkey}
          </button>
        </div>
      )}
      <nav class="links" aria-label={t.login.title}>
        <a href="#forgot">{t.login.forgot}</a>
        {facts.registration && <a href="#register">{t.login.register}</a>}
      </nav>
    </View>
  );
}
