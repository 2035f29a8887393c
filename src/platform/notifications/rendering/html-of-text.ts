import * as Handlebars from 'handlebars';

const escape = Handlebars.escapeExpression;

/**
 * The HTML of a plain text: a paragraph each, the link as a link and the code in large type where they stand in a paragraph of
 * their own. Everything is escaped.
 */
export function htmlOfText(text: string, { link, code }: { readonly link?: string; readonly code?: string }): string {
  return text
    .split(/\n{2,}/)
    .map((paragraph) => {
      if (paragraph === link) return `<p class="link"><a href="${escape(link)}">${escape(shown(link))}</a></p>`;
      if (paragraph === code) return `<p class="code">${escape(code)}</p>`;
      return `<p>${paragraph.split('\n').map(escape).join('<br>')}</p>`;
    })
    .join('\n');
}

/** Where a link leads, without the token. */
function shown(link: string): string {
  return link.split('#', 1)[0] ?? link;
}
