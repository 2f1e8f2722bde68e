import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';

const cli = join(import.meta.dirname, '..', 'packages', 'cli');

export interface BuiltCli {
  /** Bytes of JavaScript that every start loads. */
  readonly startBytes: number;
  readonly totalBytes: number;
  /** Source files of what every start loads. */
  readonly startInputs: readonly string[];
}

/** Bundles the CLI into `outdir`: one entry, lazily loaded chunks, no dependency left outside. */
export async function buildCli(outdir: string): Promise<BuiltCli> {
  const { version } = JSON.parse(readFileSync(join(cli, 'package.json'), 'utf8')) as { version: string };
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: { main: join(cli, 'src', 'main.ts') },
    outdir,
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
  const scripts = Object.entries(metafile.outputs).filter(([name]) => name.endsWith('.js'));
  const entry = scripts.find(([name]) => name.endsWith('main.js'));
  if (!entry) throw new Error('the build made no main.js');
  const atStart = staticClosure(metafile, entry[0]);
  return {
    startBytes: atStart.reduce((sum, name) => sum + (metafile.outputs[name]?.bytes ?? 0), 0),
    totalBytes: scripts.reduce((sum, [, output]) => sum + output.bytes, 0),
    startInputs: atStart.flatMap((name) => Object.keys(metafile.outputs[name]?.inputs ?? {})),
  };
}

function staticClosure(metafile: Metafile, entry: string): string[] {
  const seen = new Set([entry]);
  // A Set grows while it is walked.
  for (const name of seen) {
    for (const each of metafile.outputs[name]?.imports ?? []) if (each.kind === 'import-statement' && !each.external) seen.add(each.path);
  }
  return [...seen];
}
