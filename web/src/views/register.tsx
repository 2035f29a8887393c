import { login, register } from '../api/requests';
import { anonymously } from '../client';
import { language, t } from '../i18n/language';
import { say } from '../ui/announcements';
import { Field, Form, PasswordField } from '../ui/form';
import { View } from '../ui/view';

export function Register() {
  return (
    <View title={t.register.title}>
      <Form
        submit={t.register.submit}
        action={async (filled) => {
          const username = filled('username').trim();
          const password = filled('password');
          const email = filled('email').trim();
          await anonymously(register({ username, password, ...(email !== '' && { email }), locale: language }));
          const sent = email === '' ? '' : ` ${t.register.emailSent(email)}`;
          try {
            await anonymously(login(username, password));
            say(t.register.made + sent);
          } catch {
            say(t.register.madeLogIn + sent); // A policy, perhaps: the login says why.
          }
          history.replaceState(null, '', location.pathname);
          dispatchEvent(new HashChangeEvent('hashchange'));
        }}
      >
        <Field
          name="username"
          label={t.fields.username}
          hint={t.fields.usernameHint}
          autocomplete="username"
          maxLength={64}
          isFocused
        />
        <Field
          name="email"
          type="email"
          label={t.fields.email}
          hint={t.fields.emailHint}
          autocomplete="email"
          inputMode="email"
          isOptional
        />
        <PasswordField
          name="password"
          label={t.fields.password}
          hint={t.fields.newPasswordHint}
          autocomplete="new-password"
        />
      </Form>
      <nav class="links" aria-label={t.register.title}>
        <a href="#login">{t.register.login}</a>
      </nav>
    </View>
  );
}
