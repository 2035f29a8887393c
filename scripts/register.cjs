'use strict';
// TypeScript for a process of its own, without a check of types: `node -r ./scripts/register.cjs src/main.ts`. A third of the
// start of ts-node, which also loads `repl` and so `domain`, which slows down every event.
const { transformFileSync } = require('@swc/core');

require.extensions['.ts'] = (/** @type {any} */ module, /** @type {string} */ file) => {
  const { code } = transformFileSync(file, {
    swcrc: false,
    sourceMaps: 'inline',
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2022',
      keepClassNames: true,
    },
    module: { type: 'commonjs' },
  });
  module._compile(code, file);
};
