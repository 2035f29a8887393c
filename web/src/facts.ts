/** What the service told this page in its HTML. */
export interface Facts {
  /** The path of the service on its host. */
  readonly base: string;
  readonly appName: string;
  readonly registration: boolean;
  readonly passkeys: boolean;
}

const content = document.querySelector<HTMLMetaElement>('meta[name="countersign"]')?.content ?? '{}';

export const facts: Facts = {
  base: '',
  appName: 'Countersign',
  registration: true,
  passkeys: true,
  ...(JSON.parse(content) as Partial<Facts>),
};
