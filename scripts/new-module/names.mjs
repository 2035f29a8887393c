import { Script } from 'node:vm';

/** The name cannot be taken. The message says why, in plain words. */
export class NameRefused extends Error {}

/** Names of our own folders, routes, permissions and tables, built or to come. */
const RESERVED = new Set(
  `access accounts admin audit audit-events audit-seals auth challenges contact-attempts contacts dev docs events
  examples factors health idempotency-keys keys known-devices login-failures mac-keys metrics mfa mfa-challenges mfa-factors
  migrations modules notifications oauth one-time-tokens openapi outbox passkeys passwords payouts permissions platform
  recovery-codes refresh-tokens revocations roles service-clients sessions settings signing-keys tokens users`.split(
    /\s+/,
  ),
);

/** @typedef {ReturnType<typeof namesOf>} Names */

/**
 * All the ways in which a module's name is written.
 *
 * @param {string} things kebab-case plural
 * @param {string} [thing] kebab-case singular; by rule if it is left out
 * @throws {NameRefused}
 */
export function namesOf(things, thing = singularOf(things)) {
  checkForm(things);
  if (RESERVED.has(things)) throw new NameRefused(`"${things}" is taken: Countersign uses that name itself.`);
  if (thing === undefined) {
    throw new NameRefused(
      `"${things}" is not a plural. Take one, e.g. "invoices", or say the singular: npm run new:module ${things} <singular>`,
    );
  }
  checkForm(thing);
  if (thing === things) throw new NameRefused(`The singular has to be another word than "${things}".`);
  const names = {
    things,
    Things: pascal(things),
    camelThings: camel(things),
    snake_things: things.replaceAll('-', '_'),
    words: things.replaceAll('-', ' '),
    Words: sentence(things),
    thing,
    Thing: pascal(thing),
    camelThing: camel(thing),
    word: thing.replaceAll('-', ' '),
  };
  if (!isIdentifier(names.camelThings))
    throw new NameRefused(`"${things}" means something in JavaScript. Take another name.`);
  return names;
}

/** @param {string} name */
function checkForm(name) {
  if (!/^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/.test(name)) {
    throw new NameRefused(
      `"${name}" is not kebab-case: lower-case letters and digits, words joined by single hyphens, e.g. "purchase-orders".`,
    );
  }
  // Constraints are named after the table, and PostgreSQL cuts names off after 63 bytes.
  if (name.length > 40) throw new NameRefused(`"${name}" is longer than 40 characters.`);
}

/**
 * @param {string} plural
 * @returns {string | undefined}
 */
function singularOf(plural) {
  if (/[^aeiou]ies$/.test(plural)) return plural.replace(/ies$/, 'y');
  if (/(ss|sh|ch|x)es$|[^aeiou]uses$/.test(plural)) return plural.replace(/es$/, '');
  return /[^s]s$/.test(plural) ? plural.slice(0, -1) : undefined;
}

/** @param {string} kebab */
function pascal(kebab) {
  return kebab.replaceAll(/(?:^|-)([a-z])/g, (_, letter) => letter.toUpperCase());
}

/** @param {string} kebab */
function camel(kebab) {
  return kebab.replaceAll(/-([a-z])/g, (_, letter) => letter.toUpperCase());
}

/** @param {string} kebab */
function sentence(kebab) {
  return (kebab[0] ?? '').toUpperCase() + kebab.slice(1).replaceAll('-', ' ');
}

/** @param {string} name */
function isIdentifier(name) {
  try {
    new Script(`'use strict'; let ${name};`);
    return true;
  } catch {
    return false;
  }
}
