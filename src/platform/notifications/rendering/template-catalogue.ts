import { Injectable } from '@nestjs/common';
import { join } from 'node:path';
import { MESSAGE_TEMPLATES, type TemplateDefinition } from './message-templates';

/** Messages that a module brings along. */
export interface TemplateFeature {
  readonly templates: Readonly<Record<string, TemplateDefinition>>;
  /** Folder with a folder for each language, `en` among them. */
  readonly folder: string;
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/** Which templates there are, and where they lie. */
@Injectable()
export class TemplateCatalogue {
  private readonly definitions = new Map(Object.entries(MESSAGE_TEMPLATES));
  private readonly folderList = [join(__dirname, '..', 'templates')];

  /** @throws Error when a name is taken */
  register({ templates, folder }: TemplateFeature): void {
    for (const [name, definition] of Object.entries(templates)) {
      if (!NAME.test(name)) throw new Error(`Template ${name}: a name is lower-case letters, digits and hyphens.`);
      if (this.definitions.has(name)) throw new Error(`Template ${name} is there already.`);
      this.definitions.set(name, definition);
    }
    this.folderList.push(folder);
  }

  get all(): ReadonlyMap<string, TemplateDefinition> {
    return this.definitions;
  }

  get folders(): readonly string[] {
    return this.folderList;
  }
}
