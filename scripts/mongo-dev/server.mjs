// An in-memory server that speaks MongoDB's wire protocol, for tests and local runs on machines
// without mongod. It keeps nothing on disk, enforces no unique secondary indexes and has no
// transactions: a development server, never a production one.
//
// usage: node server.mjs [--host 127.0.0.1] [--port 0] [--exit-with-stdin]
//
// Port 0 takes a free one. When it accepts connections it prints one line:
//   mongodb development server ready on HOST:PORT
import { parseArgs } from 'node:util';
// The package's main entry pulls in parts that are replaced by placeholders (see "overrides" in
// package.json); the server itself lives in this self-contained module.
import { CongoServer } from './node_modules/@push.rocks/smartmongo/dist_ts/congodb/index.js';
import { acceptAnyId } from './any-id.mjs';
import { awaitHello } from './awaited-hello.mjs';

acceptAnyId();
awaitHello();

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    'exit-with-stdin': { type: 'boolean', default: false },
  },
});

const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  console.error(`--port must be between 0 and 65535, not '${values.port}'`);
  process.exit(2);
}

const server = new CongoServer({ host: values.host, port });
let stopping = false;

async function stop() {
  if (stopping) return;
  stopping = true;
  // A client that holds its connection open must not keep a stopping server alive.
  setTimeout(() => process.exit(0), 2000).unref();
  await server.stop();
  process.exit(0);
}

process.on('SIGTERM', stop);
process.on('SIGINT', stop);
if (values['exit-with-stdin']) {
  // The pipe closes when the parent dies, however it dies.
  process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
}

try {
  await server.start();
} catch (error) {
  console.error(`cannot listen on ${values.host}:${port}: ${error.message}`);
  process.exit(1);
}

// The server reports the port it was asked for; its listener knows the one it got.
const bound = server.server.address().port;
console.log(`mongodb development server ready on ${values.host}:${bound}`);
