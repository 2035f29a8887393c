import { Injectable } from '@nestjs/common';
import { ERROR_CATALOGUE, type ErrorDefinition } from './error-catalogue';

/** Every code that may be answered: the contract's, and those that modules registered at start. */
@Injectable()
export class ErrorRegistry {
  private readonly definitions = new Map<string, ErrorDefinition>(Object.entries(ERROR_CATALOGUE));

  /** @throws Error when a code is taken, is not snake_case, or its status is no error. */
  register(errors: Readonly<Record<string, ErrorDefinition>>): void {
    for (const [code, definition] of Object.entries(errors)) {
      const known = this.definitions.get(code);
      if (known !== undefined && known !== definition) throw new Error(`Error code ${code} is registered twice`);
      if (!/^[a-z][a-z0-9_]*$/.test(code)) throw new Error(`Error code ${code} is not snake_case`);
      if (definition.status < 400 || definition.status > 599) throw new Error(`Error code ${code} has no error status`);
      this.definitions.set(code, definition);
    }
  }

  find(code: string): ErrorDefinition | undefined {
    return this.definitions.get(code);
  }

  get all(): ReadonlyMap<string, ErrorDefinition> {
    return this.definitions;
  }
}
