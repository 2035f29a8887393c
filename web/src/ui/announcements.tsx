import { t } from '../i18n/language';
import { Icon } from './icon';
import { Cell, useSource } from './store';

/** One message at the top of the page that stays until the next one or until it is dismissed. */
const announcement = new Cell<string>();

/** Shows a message, and has it read out; undefined takes the last one away. */
export const say = (text: string | undefined): void => {
  announcement.set(text);
};

/** Always in the page: a live region that comes with its text is not read out. */
export function AnnouncementRegion() {
  const text = useSource(announcement, () => announcement.value);
  return (
    <div class="announcements" role="status">
      {text !== undefined && (
        <div class="notice good">
          <p>{text}</p>
          <button
            type="button"
            class="icon-button"
            aria-label={t.common.dismiss}
            onClick={() => {
              say(undefined);
            }}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  );
}
