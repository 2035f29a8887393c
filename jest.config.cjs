const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

// Below Node 24.9 Jest cannot require() an ES module, so swc turns every ESM-only package into CommonJS.
const root = join(__dirname, 'node_modules');
const packages = readdirSync(root).flatMap((name) =>
  name.startsWith('@') ? readdirSync(join(root, name)).map((inner) => `${name}/${inner}`) : [name],
);
const esmOnly = packages.filter((name) => {
  try {
    return JSON.parse(readFileSync(join(root, name, 'package.json'), 'utf8')).type === 'module';
  } catch {
    return false;
  }
});

/** @type {import('jest').Config} */
const shared = {
  testEnvironment: 'node',
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.(t|j)s$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(?:.*/node_modules/)?(?:${esmOnly.concat('cookie').join('|')})/)`],
  setupFiles: ['<rootDir>/test/support/environment.ts'],
};

/** @type {import('jest').Config} */
module.exports = {
  // Two suites on two cores, each with a database of its own.
  maxWorkers: 2,
  // A start of the application on a busy machine takes its time. Here and not above: of a project, Jest 30 ignores it.
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      roots: ['<rootDir>/src', '<rootDir>/examples', '<rootDir>/web'],
      testMatch: ['**/*.spec.ts'],
    },
    {
      ...shared,
      displayName: 'e2e',
      testEnvironment: '<rootDir>/test/support/embedded-database-environment.ts',
      roots: ['<rootDir>/test/e2e', '<rootDir>/src'],
      testMatch: ['**/*.e2e-spec.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
    },
    {
      ...shared,
      displayName: 'races',
      roots: ['<rootDir>/test/races'],
      testMatch: ['**/*.races-spec.ts'],
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
    },
    { ...shared, displayName: 'browser', roots: ['<rootDir>/test/browser'], testMatch: ['**/*.browser-spec.ts'] },
  ],
};
