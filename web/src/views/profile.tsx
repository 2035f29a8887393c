import { useState } from 'preact/hooks';
import type { User } from '../api/contract';
import { changePassword, sendEmailVerification } from '../api/requests';
import { signedIn } from '../client';
import { t } from '../i18n/language';
import { say } from '../ui/announcements';
import { Dialog } from '../ui/dialog';
import { Failure, Form, HiddenUsername, orWrongPassword, PasswordField, useAttempt } from '../ui/form';
import { Section } from '../ui/section';

export function Profile({ user }: { user: User }) {
  const [isChanging, setChanging] = useState(false);
  const { attempt, failure, isBusy } = useAttempt();
  const { email } = user;
  return (
    <Section title={t.profile.title}>
      <Failure of={failure} />
      <dl class="rows">
        <div>
          <dt>{t.profile.username}</dt>
          <dd>{user.username}</dd>
        </div>
        <div>
          <dt>{t.profile.email}</dt>
          <dd>
            {email ?? t.profile.noEmail}
            {email !== null && (
              <span class={user.emailVerified ? 'badge good' : 'badge'}>
                {user.emailVerified ? t.profile.confirmed : t.profile.unconfirmed}
              </span>
            )}
          </dd>
          {email !== null && !user.emailVerified && (
            <dd class="below">
              <button
                type="button"
                aria-disabled={isBusy}
                onClick={() =>
                  void attempt(async () => {
                    await signedIn(sendEmailVerification());
                    say(t.profile.resent(email));
                  })
                }
              >
                {t.profile.resend}
              </button>
            </dd>
          )}
        </div>
        <div>
          <dt>{t.profile.password}</dt>
          <dd>
            <button
              type="button"
              onClick={() => {
                setChanging(true);
              }}
            >
              {t.profile.changePassword}
            </button>
          </dd>
        </div>
      </dl>
      {isChanging && (
        <PasswordDialog
          user={user}
          onClose={() => {
            setChanging(false);
          }}
        />
      )}
    </Section>
  );
}

function PasswordDialog({ user, onClose }: { user: User; onClose: () => void }) {
  return (
    <Dialog title={t.changePassword.title} onClose={onClose}>
      <p>{t.changePassword.intro}</p>
      <Form
        submit={t.changePassword.submit}
        action={async (filled) => {
          await orWrongPassword(signedIn(changePassword(filled('currentPassword'), filled('newPassword'))));
          onClose();
          say(t.account.passwordChanged);
        }}
        beside={
          <button type="button" onClick={onClose}>
            {t.common.cancel}
          </button>
        }
      >
        <HiddenUsername value={user.username} />
        <PasswordField
          name="currentPassword"
          label={t.fields.currentPassword}
          autocomplete="current-password"
          isFocused
        />
        <PasswordField
          name="newPassword"
          label={t.fields.newPassword}
          hint={t.fields.newPasswordHint}
          autocomplete="new-password"
        />
      </Form>
    </Dialog>
  );
}
