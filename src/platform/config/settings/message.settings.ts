import { IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { Setting } from '../setting.decorator';

const HOST = String.raw`(\[[0-9a-fA-F:.]+\]|[^\s/@:?#[\]]+)`;
const ADDRESS = String.raw`[^\s<>@",;:\\]+@[^\s<>@",;:\\]+`;

/** How messages leave the service: mails by SMTP, text messages by Twilio or a webhook of yours. */
export class MessageSettings {
  @Setting({
    name: 'SMTP_URL',
    defaultInWords: 'none: messages wait in the development outbox; in production there is no e-mail',
    description:
      'Mail server: `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465` (TLS). User and password percent-encoded; certificates are always verified.',
  })
  @IsOptional()
  @Matches(new RegExp(String.raw`^smtps?://([^\s/@?#:]+(:[^\s/@?#:]*)?@)?${HOST}(:\d{1,5})?/?$`), {
    message: 'it must be smtp://[user:password@]host[:port], or smtps:// for TLS from the start',
  })
  smtpUrl?: string;

  @Setting({
    name: 'SMTP_CA_FILE',
    description: 'Certificates (PEM) that the mail server is trusted by beside the public ones: a CA of your own.',
  })
  @IsOptional()
  @IsString()
  smtpCaFile?: string;

  @Setting({
    name: 'MAIL_FROM',
    description: 'Sender of every mail: `no-reply@example.com` or `Example <no-reply@example.com>`.',
  })
  @IsOptional()
  @Matches(new RegExp(String.raw`^(${ADDRESS}|[^<>@",;:\\\r\n]{1,64} <${ADDRESS}>)$`), {
    message: 'it must be an address, or a name and the address in <>',
  })
  mailFrom?: string;

  @Setting({
    name: 'SMS_PROVIDER',
    defaultInWords: 'none: the development outbox; in production there is no SMS',
    description: '`twilio` or `webhook`: who sends text messages.',
  })
  @IsOptional()
  @IsIn(['twilio', 'webhook'])
  smsProvider?: 'twilio' | 'webhook';

  @Setting({ name: 'TWILIO_ACCOUNT_SID', description: 'Account at Twilio: `AC` and 32 hexadecimal digits.' })
  @IsOptional()
  @Matches(/^AC[0-9a-fA-F]{32}$/, { message: 'it must be AC and 32 hexadecimal digits' })
  twilioAccountSid?: string;

  @Setting({
    name: 'TWILIO_AUTH_TOKEN',
    description: 'Auth token of the account, unless `TWILIO_API_KEY` and `TWILIO_API_SECRET` are given.',
  })
  @IsOptional()
  @IsString()
  twilioAuthToken?: string;

  @Setting({
    name: 'TWILIO_API_KEY',
    description: 'API key at Twilio, `SK` and 32 hexadecimal digits: it can be revoked by itself.',
  })
  @IsOptional()
  @Matches(/^SK[0-9a-fA-F]{32}$/, { message: 'it must be SK and 32 hexadecimal digits' })
  twilioApiKey?: string;

  @Setting({ name: 'TWILIO_API_SECRET', description: 'Secret of `TWILIO_API_KEY`.' })
  @IsOptional()
  @IsString()
  twilioApiSecret?: string;

  @Setting({
    name: 'TWILIO_FROM',
    description:
      'Sender: a number in E.164 or an alphanumeric sender id, unless `TWILIO_MESSAGING_SERVICE_SID` is given.',
  })
  @IsOptional()
  @Matches(/^(\+[1-9]\d{6,14}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/, {
    message: 'it must be a number in E.164, or up to 11 letters and digits',
  })
  twilioFrom?: string;

  @Setting({
    name: 'TWILIO_MESSAGING_SERVICE_SID',
    description: 'Messaging service at Twilio that picks the sender: `MG` and 32 hexadecimal digits.',
  })
  @IsOptional()
  @Matches(/^MG[0-9a-fA-F]{32}$/, { message: 'it must be MG and 32 hexadecimal digits' })
  twilioMessagingServiceSid?: string;

  @Setting({
    name: 'TWILIO_API_URL',
    default: 'https://api.twilio.com',
    description: 'Where Twilio answers: another region, or a proxy. `https://`; `http://` on loopback only.',
  })
  @Matches(new RegExp(String.raw`^https?://${HOST}(:\d{1,5})?$`), {
    message: 'it must be https://host[:port] without a path',
  })
  twilioApiUrl!: string;

  @Setting({
    name: 'SMS_WEBHOOK_URL',
    description:
      'Where text messages are posted to, signed (docs/messages.md). `https://`; `http://` on loopback only.',
  })
  @IsOptional()
  @Matches(new RegExp(String.raw`^https?://${HOST}(:\d{1,5})?(/[^\s#]*)?$`), {
    message: 'it must be https://host[:port][/path]',
  })
  smsWebhookUrl?: string;

  @Setting({
    name: 'SMS_WEBHOOK_SECRET',
    description:
      'What the webhook is signed with: 24 to 64 random bytes in base64, with or without `whsec_` in front. `openssl rand -base64 32` makes one.',
  })
  @IsOptional()
  @Matches(/^(whsec_)?(?=.{32,88}$)[A-Za-z0-9+/]+={0,2}$/, { message: 'it must be 24 to 64 bytes in base64' })
  smsWebhookSecret?: string;

  @Setting({
    name: 'DELIVERY_TIMEOUT',
    default: '10',
    type: 'integer',
    description: 'Seconds that a mail server or SMS provider gets for one message, 1 to 60.',
  })
  @IsInt()
  @Min(1)
  @Max(60)
  deliveryTimeout!: number;

  @Setting({
    name: 'TEMPLATES_DIR',
    description: 'Folder of your own templates; each file replaces the one of its name (docs/messages.md).',
  })
  @IsOptional()
  @IsString()
  templatesDir?: string;

  @Setting({
    name: 'SUPPORT_CONTACT',
    description: 'Address or link that notices name for whoever cannot help themselves.',
  })
  @IsOptional()
  @Length(3, 128)
  supportContact?: string;
}
