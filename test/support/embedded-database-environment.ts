import { TestEnvironment } from 'jest-environment-node';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The one function of it that is used; the types of Node leave it to those of browsers. */
declare const WebAssembly: { compile(bytes: Uint8Array): Promise<object> };

let compiled: Promise<object> | undefined;

/**
 * Keeps the embedded database compiled from one suite to the next. V8 takes machine code that is still in use for the same bytes,
 * also in other threads: a start takes less than half the time.
 */
export default class EmbeddedDatabaseEnvironment extends TestEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    if (process.env['TEST_DATABASE_URL']) return;
    const wasm = join(dirname(require.resolve('@electric-sql/pglite')), 'pglite.wasm');
    compiled ??= WebAssembly.compile(readFileSync(wasm));
    await compiled;
  }
}
