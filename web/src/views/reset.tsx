import { resetPassword } from '../api/requests';
import { anonymously, keeper } from '../client';
import { t } from '../i18n/language';
import { say } from '../ui/announcements';
import { Form, PasswordField } from '../ui/form';
import { View } from '../ui/view';

interface ResetProps {
  readonly token: string;
  readonly onDone: () => void;
}

/** Where the link of a forgotten password leads, whoever is signed in here. */
export function Reset({ token, onDone }: ResetProps) {
  return (
    <View title={t.reset.title} intro={t.reset.intro}>
      <Form
        submit={t.reset.submit}
        action={async (filled) => {
          await anonymously(resetPassword(token, filled('newPassword')));
          keeper.forget(); // All sessions have ended, the one of this browser perhaps among them.
          onDone();
          say(t.reset.done);
        }}
      >
        <PasswordField
          name="newPassword"
          label={t.fields.newPassword}
          hint={t.fields.newPasswordHint}
          autocomplete="new-password"
          isFocused
        />
      </Form>
      <nav class="links" aria-label={t.reset.title}>
        <a href="#forgot" onClick={onDone}>
          {t.reset.again}
        </a>
      </nav>
    </View>
  );
}
