/**
 * The languages of whoever reads a message, the best first, for `Message.languages`.
 *
 * @param locale of the account (BCP 47), which goes first
 * @param acceptLanguage what the request says
 */
export function readerLanguages(locale: string | null, acceptLanguage: string): string[] {
  return [locale ?? '', acceptLanguage].filter((each) => each !== '');
}
