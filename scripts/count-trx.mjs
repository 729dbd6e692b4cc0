// Sums the counters of all VSTest result files in a folder and prints "PASSED FAILED SKIPPED".
// usage: node scripts/count-trx.mjs FOLDER
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const files = readdirSync(folder).filter((name) => name.endsWith('.trx'));
if (files.length === 0) {
  console.error(`no result file in ${folder}`);
  process.exit(1);
}

const sum = { passed: 0, failed: 0, skipped: 0 };
for (const file of files) {
  const counters = /<Counters\s([^>]*)>/.exec(readFileSync(join(folder, file), 'utf8'));
  if (!counters) {
    console.error(`${file} has no counters: the run was cut off`);
    process.exit(1);
  }
  const count = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(counters[1])?.[1] ?? 0);
  const failed = count('failed') + count('error') + count('timeout') + count('aborted');
  sum.passed += count('passed');
  sum.failed += failed;
  // A skipped test is in the total and in no other counter that tells what became of it.
  sum.skipped += count('total') - count('passed') - failed;
}
console.log(`${sum.passed} ${sum.failed} ${sum.skipped}`);
