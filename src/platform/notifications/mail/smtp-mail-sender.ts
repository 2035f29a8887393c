import type { MessageSettings } from '../../config/settings/message.settings';
import type { createTransport } from 'nodemailer';
import { type Mail, MailSender } from './mail-sender';
import { toDeliveryError, type SmtpFailure } from './smtp-failure';
import { smtpOptions } from './smtp-options';

type Transport = ReturnType<typeof createTransport>;

/** Hands mails to a mail server by SMTP, one connection each. */
export class SmtpMailSender extends MailSender {
  private readonly timeoutMs: number;
  private readonly domain: string;

  private constructor(
    private readonly transport: Transport,
    private readonly from: string,
    timeoutSeconds: number,
  ) {
    super();
    this.timeoutMs = timeoutSeconds * 1000;
    this.domain = /@([^@>]+)>?$/.exec(from)?.[1] ?? 'localhost';
  }

  /** The sender for `SMTP_URL`. The library is loaded only where it is wanted. */
  static async from(settings: MessageSettings, isProduction: boolean): Promise<SmtpMailSender> {
    const { smtpUrl = '', smtpCaFile, mailFrom = '', deliveryTimeout } = settings;
    const { createTransport: transportOf } = await import('nodemailer');
    const timeout = deliveryTimeout * 1000;
    const transport = transportOf({
      ...smtpOptions(smtpUrl, isProduction, smtpCaFile),
      dnsTimeout: timeout,
      connectionTimeout: timeout,
      greetingTimeout: timeout,
      socketTimeout: timeout,
      // What is sent comes from templates: nothing in it names a file or a URL to be fetched.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    return new SmtpMailSender(transport, mailFrom, deliveryTimeout);
  }

  override async send({ id, to, subject, text, html }: Mail): Promise<void> {
    try {
      await this.transport.sendMail({
        from: this.from,
        to: { name: '', address: to },
        subject,
        text,
        html,
        messageId: `<${id}@${this.domain}>`,
        // RFC 3834 §5: no vacation notice answers it.
        headers: { 'Auto-Submitted': 'auto-generated' },
        // However slowly the server answers, it has this long in all.
        signal: AbortSignal.timeout(this.timeoutMs),
      });
    } catch (error) {
      throw toDeliveryError(error as SmtpFailure);
    }
  }
}
