import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { isLoopbackUrl } from '../../config/check-message-settings';

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** TLS from the start. */
  readonly secure: boolean;
  /** No mail without STARTTLS. */
  readonly requireTLS: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
  /** Certificates are verified, whatever else; a CA of one's own joins the public ones. */
  readonly tls: { readonly minVersion: 'TLSv1.2'; readonly rejectUnauthorized: true; readonly ca?: string[] };
}

/** How to reach the mail server that `SMTP_URL` names. */
export function smtpOptions(smtpUrl: string, isProduction: boolean, caFile?: string): SmtpOptions {
  const { protocol, hostname, port, username, password } = new URL(smtpUrl);
  const isSecure = protocol === 'smtps:';
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isSecure ? 465 : 587) : Number(port),
    secure: isSecure,
    // Beyond this machine, passwords and what production sends are for nobody else to read.
    requireTLS: !isSecure && !isLoopbackUrl(smtpUrl) && (isProduction || username !== ''),
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    tls: {
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      ...(caFile !== undefined && { ca: [...rootCertificates, readFileSync(caFile, 'utf8')] }),
    },
  };
}
