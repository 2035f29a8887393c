import type { Environment } from '../setting.decorator';

const isProduction = (env: Environment) => env['NODE_ENV'] === 'production';
/** The address of this service where nothing says another. A port that is free is known only later. */
export const localAddress = (env: Environment) =>
  env['PORT'] === '0' ? 'http://localhost' : `http://localhost:${env['PORT'] ?? '3000'}`;
export const secondsInProduction = (seconds: string) => (env: Environment) => (isProduction(env) ? seconds : '0');
export const onInDevelopment = (env: Environment) => (isProduction(env) ? 'off' : 'on');
/** The issuer, as far as it is an address of the web. */
export const issuerUrl = (env: Environment): URL | undefined => {
  const issuer = env['ISSUER'] ?? localAddress(env);
  return /^https?:/.test(issuer) && URL.canParse(issuer) ? new URL(issuer) : undefined;
};
