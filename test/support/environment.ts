import 'reflect-metadata';

// Tests say what they need; a developer's own settings must not reach them.
const KEPT = /^(TEST_|COUNTERSIGN_|PATH$|HOME$|CI$|TMPDIR$|NODE_OPTIONS$|JEST_)/;
for (const name of Object.keys(process.env)) if (!KEPT.test(name)) Reflect.deleteProperty(process.env, name);
process.env['NODE_ENV'] = 'test';
