import type { Factor } from '../api/contract';
import { changeFactor, dropFactor } from '../api/requests';
import { signedIn } from '../client';
import { t } from '../i18n/language';
import { say } from '../ui/announcements';
import { Dialog } from '../ui/dialog';
import { Field, Form } from '../ui/form';

interface FactorDialogProps {
  readonly factor: Factor;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function RenameDialog({ factor, onClose, onDone }: FactorDialogProps) {
  return (
    <Dialog title={t.factors.renameNamed(factor.name)} onClose={onClose}>
      <Form
        submit={t.factors.save}
        action={async (filled) => {
          const { name } = await signedIn(changeFactor(factor.id, { name: filled('name').trim() }));
          onDone();
          say(t.factors.renamed(name));
        }}
        beside={<Cancel onClick={onClose} />}
      >
        <Field
          name="name"
          label={t.fields.name}
          hint={t.fields.factorNameHint}
          autocomplete="off"
          value={factor.name}
          maxLength={64}
          isFocused
        />
      </Form>
    </Dialog>
  );
}

export function DropDialog({ factor, onClose, onDone }: FactorDialogProps) {
  return (
    <Dialog title={t.factors.dropTitle(factor.name)} onClose={onClose}>
      <p>{t.factors.dropIntro}</p>
      <Form
        submit={t.factors.drop}
        isDangerous
        action={async () => {
          await signedIn(dropFactor(factor.id));
          onDone();
          say(t.factors.dropped(factor.name));
        }}
        beside={<Cancel onClick={onClose} />}
      />
    </Dialog>
  );
}

export function Cancel({ onClick }: { onClick: () => void }) {
  return (
    <button type="button" onClick={onClick}>
      {t.common.cancel}
    </button>
  );
}
