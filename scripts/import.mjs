// The work of import.sh: upload, poll, report. Needs nothing but Node.
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const usage = 'usage: scripts/import.sh [--port 5080 | --url URL] --format cdnow|csv FILE';
const pollEveryMs = 500;
const answerWithinMs = 30_000;
// A restart of the application takes some seconds; longer silence is a failure.
const silentForMs = 60_000;

class ImportError extends Error {}

/** Reads the command line. */
export function readArguments(args, environment) {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        url: { type: 'string' },
        format: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new ImportError(`${error.message}\n${usage}`);
  }
  const { values, positionals } = parsed;
  if (values.help) return { help: true };
  if (values.format !== 'cdnow' && values.format !== 'csv') throw new ImportError(`--format must be cdnow or csv\n${usage}`);
  if (positionals.length !== 1) throw new ImportError(`give one file\n${usage}`);
  if (values.url && values.port) throw new ImportError('give --port or --url, not both');
  const port = Number(values.port ?? 5080);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new ImportError(`--port must be a number from 1 to 65535, not '${values.port}'`);
  const key = environment.Bootstrap__ApiKey;
  if (!key) throw new ImportError('no API key: set Bootstrap__ApiKey to a key of the running application');
  const base = (values.url ?? `http://127.0.0.1:${port}`).replace(/\/+$/, '');
  return { base, format: values.format, file: positionals[0], key };
}

/** One call; refusals become sentences, with the problem details that came along. */
async function call(target, url, options = {}) {
  let response;
  let text;
  try {
    response = await fetch(url, {
      ...options,
      headers: { 'X-Api-Key': target.key, Accept: 'application/json', ...options.headers },
      redirect: 'manual',
    });
    text = await response.text();
  } catch (error) {
    const cause = error.cause?.code ?? error.cause?.message ?? error.message;
    throw Object.assign(new ImportError(`no answer from ${target.base} (${cause}); is the application running there?`), { unreachable: true });
  }
  if (response.ok) return JSON.parse(text);
  if (response.status === 401 || response.status === 403 || (response.status >= 300 && response.status < 400)) {
    throw new ImportError(`the application refused the key in Bootstrap__ApiKey (${response.status})`);
  }
  throw Object.assign(new ImportError(`the application answered ${response.status}: ${problem(text)}`), { unreachable: response.status >= 500 });
}

/** The readable part of an RFC 9457 answer. */
export function problem(text) {
  try {
    const { title, detail, code } = JSON.parse(text);
    return [title, detail, code && `[${code}]`].filter(Boolean).join(' ') || text.trim();
  } catch {
    return text.trim().slice(0, 200) || 'no explanation';
  }
}

async function upload(target) {
  let size;
  try {
    const file = statSync(target.file);
    if (!file.isFile()) throw new Error('it is not a file');
    size = file.size;
  } catch (error) {
    throw new ImportError(`cannot read ${target.file}: ${error.message}`);
  }
  console.error(`Sending ${target.file} (${size.toLocaleString('en')} bytes) to ${target.base} ...`);
  const answer = await call(target, `${target.base}/api/v1/imports?format=${target.format}`, {
    method: 'POST',
    body: Readable.toWeb(createReadStream(target.file)),
    duplex: 'half',
    headers: { 'Content-Type': 'text/plain', 'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(basename(target.file))}` },
  });
  if (!answer.id) throw new ImportError('the application took the file and named no import');
  return answer.id;
}

const number = (value) => Math.round(value ?? 0).toLocaleString('en');

/** The line of progress. */
export function progressLine(status) {
  const share = status.totalLines > 0 ? Math.floor((100 * status.processedLines) / status.totalLines) : 0;
  const rejected = status.rejectedLines ?? status.rejected?.length ?? 0;
  return `${share}%  ${number(status.processedLines)} of ${number(status.totalLines)} lines, ${number(status.linesPerSecond)} lines/s`
    + (rejected > 0 ? `, ${number(rejected)} rejected` : '');
}

/** What happened, as lines. */
export function summary(status) {
  const rejected = status.rejected ?? [];
  // Of very many rejected lines the application keeps the first ones.
  const rejectedLines = status.rejectedLines ?? rejected.length;
  return [
    `Import ${status.id}: ${status.state}${status.error ? `: ${status.error}` : ''}`,
    `  lines               ${number(status.processedLines)} of ${number(status.totalLines)}`,
    `  purchases imported  ${number(status.importedPurchases)}`,
    `  entries posted      ${number(status.entries)}`,
    `  users created       ${number(status.usersCreated)}`,
    `  already there       ${number(status.duplicates)}`,
    `  rejected            ${number(rejectedLines)}`,
    `  lines a second      ${number(status.linesPerSecond)}`,
    ...rejected.map(({ line, reason }) => `  line ${line}: ${reason}`),
    ...(rejectedLines > rejected.length ? [`  and ${number(rejectedLines - rejected.length)} more lines`] : []),
  ];
}

async function watch(target, id) {
  const isTerminal = process.stderr.isTTY;
  let lastShownMs = 0;
  let lastAnswerMs = performance.now();
  for (;;) {
    try {
      const status = await call(target, `${target.base}/api/v1/imports/${encodeURIComponent(id)}`, { signal: AbortSignal.timeout(answerWithinMs) });
      lastAnswerMs = performance.now();
      const ended = status.state !== 'running';
      if (isTerminal) process.stderr.write(`\r\u001b[K${progressLine(status)}${ended ? '\n' : ''}`);
      else if (ended || lastAnswerMs - lastShownMs > 5000) {
        console.error(progressLine(status));
        lastShownMs = lastAnswerMs;
      }
      if (ended) return status;
    } catch (error) {
      if (!error.unreachable || performance.now() - lastAnswerMs > silentForMs) throw error;
    }
    await sleep(pollEveryMs);
  }
}

async function main() {
  const target = readArguments(process.argv.slice(2), process.env);
  if (target.help) {
    console.log(usage);
    return 0;
  }
  const id = await upload(target);
  process.once('SIGINT', () => {
    console.error(`\nNo longer watching; the application goes on with import ${id}.`);
    process.exit(130);
  });
  const status = await watch(target, id);
  console.log(summary(status).join('\n'));
  return status.state === 'completed' ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  }
}
