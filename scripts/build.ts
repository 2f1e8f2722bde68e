/** Builds the CLI: `packages/cli/dist`, one entry and lazily loaded chunks, no dependency left outside. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
const { version } = JSON.parse(readFileSync(`${root}packages/cli/package.json`, 'utf8')) as { version: string };

/** Bytes that `agentops --help` may load, and all of it together: over the first, a heavy import has slipped into the start. */
const budgets = { start: 120_000, total: 6_000_000 };

rmSync(`${root}packages/cli/dist`, { recursive: true, force: true });
const result = await build({
  entryPoints: { main: `${root}packages/cli/src/main.ts` },
  outdir: `${root}packages/cli/dist`,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.19',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  define: { AGENTOPS_VERSION: JSON.stringify(version) },
  // CommonJS dependencies call require() for Node's own modules.
  banner: { js: "import{createRequire as __agentopsRequire}from'node:module';const require=__agentopsRequire(import.meta.url);" },
  metafile: true,
  logLevel: 'warning',
});

const outputs = Object.entries(result.metafile.outputs).filter(([name]) => name.endsWith('.js'));
const main = outputs.find(([name]) => name.endsWith('dist/main.js'));
if (!main) throw new Error('the build made no dist/main.js');
const start = sizeWithStaticImports(main[0]);
const total = outputs.reduce((sum, [, output]) => sum + output.bytes, 0);
process.stdout.write(`packages/cli/dist: ${Math.round(start / 1000)} kB at start, ${Math.round(total / 1000)} kB in all\n`);
writeFileSync(`${root}packages/cli/dist/meta.json`, JSON.stringify({ start, total }));
if (start > budgets.start || total > budgets.total) {
  process.stderr.write(`over the budget of ${budgets.start} and ${budgets.total} bytes\n`);
  process.exitCode = 1;
}

function sizeWithStaticImports(entry: string, seen = new Set<string>()): number {
  if (seen.has(entry)) return 0;
  seen.add(entry);
  const output = result.metafile.outputs[entry];
  if (!output) return 0;
  const imports = output.imports.filter((each) => each.kind === 'import-statement' && !each.external);
  return output.bytes + imports.reduce((sum, each) => sum + sizeWithStaticImports(each.path, seen), 0);
}
