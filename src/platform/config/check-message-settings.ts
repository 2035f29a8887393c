import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { MessageSettings } from './settings/message.settings';

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/** Whether a URL leads to this machine. */
export function isLoopbackUrl(url: string): boolean {
  return LOOPBACK.test(new URL(url).hostname);
}

/** Rules over the settings of messages; each problem names its variable first. */
export function checkMessageSettings(settings: MessageSettings): string[] {
  return [...mailProblems(settings), ...smsProblems(settings), ...folderProblems(settings)];
}

function mailProblems({ smtpUrl, smtpCaFile, mailFrom }: MessageSettings): string[] {
  const problems: string[] = [];
  if (smtpUrl !== undefined && !isDecodable(smtpUrl)) {
    problems.push('SMTP_URL: user and password must be percent-encoded, and the port at most 65535.');
  }
  if (smtpUrl !== undefined && mailFrom === undefined) problems.push('MAIL_FROM: SMTP_URL needs a sender.');
  if (smtpUrl === undefined && smtpCaFile !== undefined) problems.push('SMTP_CA_FILE: it needs SMTP_URL.');
  if (smtpCaFile !== undefined && !isCertificateFile(smtpCaFile)) {
    problems.push('SMTP_CA_FILE: it must be a readable file of certificates in PEM.');
  }
  return problems;
}

function smsProblems(settings: MessageSettings): string[] {
  const problems: string[] = [];
  const needs = (name: string, value: string | undefined) => {
    if (value === undefined) problems.push(`${name}: SMS_PROVIDER=${settings.smsProvider ?? ''} needs it.`);
  };
  if (settings.smsProvider === 'twilio') {
    needs('TWILIO_ACCOUNT_SID', settings.twilioAccountSid);
    if (settings.twilioApiKey === undefined && settings.twilioApiSecret === undefined) {
      needs('TWILIO_AUTH_TOKEN', settings.twilioAuthToken);
    } else {
      needs('TWILIO_API_KEY', settings.twilioApiKey);
      needs('TWILIO_API_SECRET', settings.twilioApiSecret);
    }
    if (settings.twilioMessagingServiceSid === undefined) needs('TWILIO_FROM', settings.twilioFrom);
    if (!isConfidential(settings.twilioApiUrl)) problems.push('TWILIO_API_URL: it must be https:// beyond loopback.');
  }
  if (settings.smsProvider === 'webhook') {
    needs('SMS_WEBHOOK_URL', settings.smsWebhookUrl);
    needs('SMS_WEBHOOK_SECRET', settings.smsWebhookSecret);
    if (settings.smsWebhookUrl !== undefined && !isConfidential(settings.smsWebhookUrl)) {
      problems.push('SMS_WEBHOOK_URL: it must be https:// beyond loopback.');
    }
  }
  return problems;
}

function folderProblems({ templatesDir }: MessageSettings): string[] {
  if (templatesDir === undefined || statSync(templatesDir, { throwIfNoEntry: false })?.isDirectory()) return [];
  return ['TEMPLATES_DIR: there is no such folder.'];
}

/** Codes and numbers are not for everybody on the way. */
function isConfidential(url: string): boolean {
  return url.startsWith('https:') || isLoopbackUrl(url);
}

function isDecodable(url: string): boolean {
  try {
    const { username, password } = new URL(url);
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

function isCertificateFile(file: string): boolean {
  try {
    return new X509Certificate(readFileSync(file)).subject !== '';
  } catch {
    return false;
  }
}
