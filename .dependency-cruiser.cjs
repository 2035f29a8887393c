const only = (from, to) => ({
  name: `${from}-imports`,
  severity: 'error',
  from: { path: `^src/${from}/`, pathNot: ['spec\\.ts$', '^src/access/testing/'] },
  to: { path: '^src/', pathNot: [`^src/(${[from, ...to].join('|')})/`] },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    only('platform', []),
    only('access', ['platform']),
    only('users', ['access', 'platform']),
    only('tokens', ['users', 'access', 'platform']),
    only('mfa', ['tokens', 'users', 'access', 'platform']),
    only('account-page', ['platform']),
    only('auth', ['mfa', 'tokens', 'users', 'access', 'platform']),
    only('administration', ['mfa', 'tokens', 'users', 'access', 'platform']),
    {
      name: 'examples-imports',
      comment: 'access/ is all that a domain module imports.',
      severity: 'error',
      from: { path: '^src/examples/', pathNot: 'spec\\.ts$' },
      to: { path: '^src/', pathNot: ['^src/examples/', '^src/access/index\\.ts$'] },
    },
    {
      name: 'modules-imports',
      comment: 'A team works against the public surface: access/, platform/, the factor plug-in and the risk signals.',
      severity: 'error',
      from: { path: '^src/modules/', pathNot: 'spec\\.ts$' },
      to: {
        path: '^src/',
        pathNot: [
          '^src/modules/',
          '^src/access/',
          '^src/platform/',
          '^src/mfa/(mfa\\.module|factors/[^/]+)\\.ts$',
          '^src/auth/risk/(risk-signal|refresh-facts)\\.ts$',
        ],
      },
    },
    {
      name: 'page-imports',
      comment: 'The page runs in a browser: of the service it knows the HTTP contract.',
      severity: 'error',
      from: { path: '^web/', pathNot: 'spec\\.ts$' },
      to: { path: '^(src|test|examples)/' },
    },
    {
      name: 'entities-stay-home',
      comment: 'Modules hand each other plain objects.',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: 'spec\\.ts$' },
      to: { path: '\\.entity\\.ts$', pathNot: '^src/$1/' },
    },
    {
      name: 'fastify-only-in-setup',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main|app\\.setup)\\.ts$|\\.spec\\.ts$' },
      to: { path: 'node_modules/(fastify|@fastify)/' },
    },
    {
      name: 'tests-stay-out',
      comment: 'access/testing and specs are not part of the product.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['spec\\.ts$', '^src/access/testing/'] },
      to: { path: ['^test/', '^src/access/testing/'] },
    },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
