'use strict';
// TypeScript for the measured process. Not ts-node: it loads `repl` and so `domain`, which slows down every event.
const { transformFileSync } = require('@swc/core');

require.extensions['.ts'] = (/** @type {any} */ module, /** @type {string} */ file) => {
  const { code } = transformFileSync(file, {
    swcrc: false,
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2022',
    },
    module: { type: 'commonjs' },
  });
  module._compile(code, file);
};
