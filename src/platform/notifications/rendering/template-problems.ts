import * as Handlebars from 'handlebars';

/** Helpers that a template may use; it chooses words, and does nothing else. */
const HELPERS = new Set(['if', 'unless']);

/** What a template may mention. */
export interface TemplateScope {
  readonly values: ReadonlySet<string>;
  readonly partials: ReadonlySet<string>;
  /** What may be filled in as HTML; undefined where nothing is HTML. */
  readonly html?: ReadonlySet<string>;
}

/**
 * What is wrong with the source of a template: it does not parse, or mentions what no message will bring along.
 *
 * @returns a sentence each, of what stands in the template and nothing else
 */
export function templateProblems(source: string, { values, partials, html }: TemplateScope): string[] {
  let program: hbs.AST.Program;
  try {
    program = Handlebars.parse(source);
  } catch (error) {
    return [`does not parse: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`];
  }
  const problems: string[] = [];
  class Visitor extends Handlebars.Visitor {
    override PathExpression(path: hbs.AST.PathExpression): void {
      if (!values.has(path.original)) problems.push(`{{${path.original}}} is filled in by nobody`);
    }
    override BlockStatement(block: hbs.AST.BlockStatement): void {
      const helper = block.path;
      if (!HELPERS.has(helper.original)) problems.push(`{{#${helper.original}}} is no helper: there are if and unless`);
      this.acceptArray(block.params);
      this.acceptKey(block, 'program');
      this.acceptKey(block, 'inverse');
    }
    override PartialStatement(partial: hbs.AST.PartialStatement): void {
      const { original } = partial.name as hbs.AST.PathExpression;
      if (!partials.has(original)) problems.push(`{{> ${original}}} is no partial here`);
    }
    override MustacheStatement(statement: hbs.AST.MustacheStatement): void {
      if (statement.params.length > 0) problems.push(`{{${pathOf(statement)} …}} is no helper`);
      else if (html && !statement.escaped && !html.has(pathOf(statement))) {
        problems.push(`{{{${pathOf(statement)}}}} is not escaped: two braces`);
      } else this.acceptKey(statement, 'path');
    }
  }
  new Visitor().accept(program);
  return problems;
}

function pathOf({ path }: hbs.AST.MustacheStatement): string {
  return 'original' in path ? path.original : '';
}
