import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { problem, progressLine, readArguments } from './import.mjs';

const script = fileURLToPath(new URL('./import.sh', import.meta.url));
const ended = {
  id: 'i1', totalLines: 3, processedLines: 3, importedPurchases: 2, entries: 4, usersCreated: 1, duplicates: 0,
  rejectedLines: 3, rejected: [{ line: 2, reason: 'the amount is zero' }], linesPerSecond: 1200.4, error: null,
};

/** Runs the script against an application that answers with the given states, one a poll. */
async function run(states, { key = 'k', path } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'gavat-import-'));
  const file = join(folder, 'history.txt');
  writeFileSync(file, 'one\ntwo\nthree\n');
  const seen = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => { body += part; });
    request.on('end', () => {
      seen.push({ method: request.method, url: request.url, body, type: request.headers['content-type'] });
      const reply = (status, value) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
      if (request.headers['x-api-key'] !== 'k') reply(401, { title: 'Unauthorized' });
      else if (request.method === 'POST') reply(202, { id: 'i1' });
      else reply(...states.shift());
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  try {
    const child = spawn(script, ['--port', String(server.address().port), '--format', 'cdnow', path ?? file], {
      env: { ...process.env, Bootstrap__ApiKey: key },
    });
    let out = '', errors = '';
    child.stdout.on('data', (part) => { out += part; });
    child.stderr.on('data', (part) => { errors += part; });
    const code = await new Promise((resolve) => { child.on('close', resolve); });
    return { code, out, errors, seen };
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

test('import that completes sends the file, reports the rejected line and ends with 0', async () => {
  const result = await run([[200, { ...ended, state: 'running', processedLines: 1 }], [503, { title: 'busy' }], [200, { ...ended, state: 'completed' }]]);

  assert.equal(result.code, 0, result.errors);
  assert.deepEqual(result.seen[0], { method: 'POST', url: '/api/v1/imports?format=cdnow', body: 'one\ntwo\nthree\n', type: 'text/plain' });
  assert.equal(result.seen[1].url, '/api/v1/imports/i1');
  assert.match(result.out, /completed/);
  assert.match(result.out, /entries posted +4/);
  assert.match(result.out, /line 2: the amount is zero\n +and 2 more lines/);
});

test('import that fails ends with 1 and says why', async () => {
  const result = await run([[200, { ...ended, state: 'failed', error: 'the ledger is read-only' }]]);

  assert.equal(result.code, 1);
  assert.match(result.out, /failed: the ledger is read-only/);
});

test('wrong key is told from other failures', async () => {
  const result = await run([], { key: 'other' });

  assert.equal(result.code, 1);
  assert.match(result.errors, /refused the key in Bootstrap__ApiKey \(401\)/);
});

test('missing file is named', async () => {
  const result = await run([], { path: '/nowhere/history.txt' });

  assert.equal(result.code, 1);
  assert.match(result.errors, /cannot read \/nowhere\/history.txt/);
});

test('arguments that make no sense are refused', () => {
  const environment = { Bootstrap__ApiKey: 'k' };
  assert.throws(() => readArguments(['file'], environment), /--format/);
  assert.throws(() => readArguments(['--format', 'cdnow'], environment), /one file/);
  assert.throws(() => readArguments(['--format', 'cdnow', '--port', '0', 'file'], environment), /--port/);
  assert.throws(() => readArguments(['--format', 'cdnow', 'file'], {}), /Bootstrap__ApiKey/);
  assert.equal(readArguments(['--format', 'csv', '--url', 'https://coins.example/', 'file'], environment).base, 'https://coins.example');
});

test('progress and problems are readable', () => {
  assert.equal(progressLine({ totalLines: 6919, processedLines: 3460, linesPerSecond: 5123.7, rejected: [] }), '50%  3,460 of 6,919 lines, 5,124 lines/s');
  assert.equal(problem('{"title":"Bad Request","detail":"Unknown format.","code":"unknown_format"}'), 'Bad Request Unknown format. [unknown_format]');
  assert.equal(problem(''), 'no explanation');
});
