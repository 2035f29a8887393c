'use strict';
// Plain JavaScript: a worker thread has no TypeScript loader on Node 20, and Jest runs this file from src.
const { rmSync } = require('node:fs');
const { setImmediate } = require('node:timers');
const { parentPort, workerData } = require('node:worker_threads');
const { PGlite } = require('@electric-sql/pglite');
const { PGLiteSocketServer } = require('@electric-sql/pglite-socket');

/** @type {{ databaseFolder: string, unfinishedMark: string, socketPath: string }} */
const { databaseFolder, unfinishedMark, socketPath } = workerData;

const MAX_CONNECTIONS = 256;
const SYNC = 'S'.charCodeAt(0);
const SYNC_MESSAGE = Uint8Array.of(SYNC, 0, 0, 0, 4);
// Parse, Bind, Describe, Execute, Close, Flush: messages of the extended protocol that a Sync has to follow.
const UNFINISHED = new Set([...'PBDECH'].map((type) => type.charCodeAt(0)));

/**
 * All connections share PGlite's one session, and the socket server hands it message by message: of two connections
 * that wait for a transaction to end, one could bind its values to the other's statement and get the other's rows. The
 * server keeps to one connection while `isInTransaction()` holds, so it shall also hold from a Parse to its Sync.
 *
 * @param {PGlite} db
 */
function keepMessagesTogether(db) {
  const send = db.execProtocolRawStream.bind(db);
  const isInTransaction = db.isInTransaction.bind(db);
  const exec = db.exec.bind(db);
  let isUnfinished = false;

  db.execProtocolRawStream = async (message, options) => {
    isUnfinished = UNFINISHED.has(message[0] ?? 0);
    try {
      await send(message, options);
    } catch (error) {
      // PGlite reports errors of SQL to the client; what it throws is its own end, and no query would be answered again.
      setImmediate(() => {
        throw error;
      });
      throw error;
    }
  };
  db.isInTransaction = () => isUnfinished || isInTransaction();
  // The server's only use of exec() is the ROLLBACK for a client that went away.
  db.exec = async (query, options) => {
    if (isUnfinished) {
      isUnfinished = false;
      await db.runExclusive(() => send(SYNC_MESSAGE, { onRawData: () => undefined }));
    }
    return isInTransaction() ? exec(query, options) : [];
  };
}

async function start() {
  const db = await PGlite.create({ dataDir: databaseFolder });
  rmSync(unfinishedMark, { force: true });
  keepMessagesTogether(db);
  const server = new PGLiteSocketServer({ db, path: socketPath, maxConnections: MAX_CONNECTIONS });
  await server.start();
  parentPort?.once('message', () => {
    void server
      .stop()
      .then(() => db.close())
      .then(() => parentPort?.close());
  });
  parentPort?.postMessage('ready');
}

void start();
