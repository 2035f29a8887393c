'use strict';
// TypeScript for a process of its own, without a check of types: `node -r ./scripts/register.cjs src/main.ts`. A third of the
// start of ts-node, which also loads `repl` and so `domain`, which slows down every event.
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { version } = require('@swc/core/package.json');

const CACHE = join(__dirname, '..', 'node_modules', '.cache', 'countersign-swc');
const OPTIONS = {
  swcrc: false,
  sourceMaps: /** @type {const} */ ('inline'),
  jsc: {
    parser: { syntax: /** @type {const} */ ('typescript'), decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: /** @type {const} */ ('es2022'),
    keepClassNames: true,
  },
  module: { type: /** @type {const} */ ('commonjs') },
};
const COMPILER = `${version} ${JSON.stringify(OPTIONS)}`;

require.extensions['.ts'] = (/** @type {any} */ module, /** @type {string} */ file) => {
  module._compile(compiled(file), file);
};

/** @param {string} file */
function compiled(file) {
  const source = readFileSync(file, 'utf8');
  // The path as well: it is in the source map.
  const name = createHash('sha256').update(`${COMPILER}\0${file}\0${source}`).digest('hex');
  const cached = join(CACHE, `${name}.js`);
  try {
    return readFileSync(cached, 'utf8');
  } catch {
    // Not compiled yet.
  }
  const { code } = require('@swc/core').transformSync(source, { ...OPTIONS, filename: file });
  try {
    mkdirSync(CACHE, { recursive: true });
    // Whole or not at all, since many processes start at once.
    writeFileSync(`${cached}.${process.pid}`, code);
    renameSync(`${cached}.${process.pid}`, cached);
  } catch {
    // Where nothing may be written, each process compiles for itself.
  }
  return code;
}
