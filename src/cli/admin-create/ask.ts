import { intro, isCancel, password, select, text } from '@clack/prompts';
import { UsageError } from '../explain';

export interface Answers {
  readonly username: string;
  readonly email: string | undefined;
  /** Undefined where it is chosen by a link. */
  readonly password: string | undefined;
}

/** What is wrong with an answer, in words; undefined when nothing is. */
export interface Checks {
  readonly username: (value: string) => string | undefined;
  readonly email: (value: string) => string | undefined;
  readonly password: (value: string, username: string) => string | undefined;
}

/** Asks for what the command line did not say. @throws UsageError when somebody has had enough */
export async function ask(checks: Checks): Promise<Answers> {
  intro('A new administrator');
  const username = given(await text({ message: 'Username', validate: (value = '') => checks.username(value) }));
  const email = given(
    await text({
      message: 'E-mail address, for links and notices (Enter for none)',
      validate: (value = '') => (value === '' ? undefined : checks.email(value)),
    }),
  );
  const way = given(
    await select({
      message: 'The password',
      options: [
        { value: 'type', label: 'type it now' },
        { value: 'link', label: 'a link that chooses it, once, within 24 hours' },
      ],
    }),
  );
  if (way === 'link') return { username, email: email || undefined, password: undefined };
  const chosen = given(
    await password({ message: 'Password', validate: (value = '') => checks.password(value, username) }),
  );
  given(
    await password({
      message: 'Once more',
      validate: (value) => (value === chosen ? undefined : 'That was another one.'),
    }),
  );
  return { username, email: email || undefined, password: chosen };
}

function given<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new UsageError('Nothing was made.');
  return answer as Exclude<T, symbol>;
}
