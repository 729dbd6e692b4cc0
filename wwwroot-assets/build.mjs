import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const here = path.dirname(fileURLToPath(import.meta.url));
const outdir = path.resolve(here, '../GavatDashboard/wwwroot/js');
const common = { absWorkingDir: here, bundle: true, minify: true, target: ['es2022'], legalComments: 'eof', logLevel: 'warning' };

// The theme runs before the first paint, so it is a classic script; the rest are modules.
await build({ ...common, entryPoints: ['src/theme.js'], format: 'iife', outfile: path.join(outdir, 'theme.js') });
await build({ ...common, entryPoints: ['src/boot.js', 'src/page.js', 'src/charts.js'], format: 'esm', outdir });
