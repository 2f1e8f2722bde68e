import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, type Plugin } from 'esbuild';

const cli = join(import.meta.dirname, '..', 'packages', 'cli');

export interface BuiltCli {
  /** Bytes of JavaScript that every start loads. */
  readonly startBytes: number;
  readonly totalBytes: number;
  /** Source files of what every start loads. */
  readonly startInputs: readonly string[];
}

/**
 * Bundles the CLI into `outdir`, no dependency left outside: `main.cjs` with
 * the command tree alone, and a module a command, loaded when it runs.
 * CommonJS for the entry, because Node starts it some milliseconds sooner.
 */
export async function buildCli(outdir: string): Promise<BuiltCli> {
  const { version } = JSON.parse(readFileSync(join(cli, 'package.json'), 'utf8')) as { version: string };
  rmSync(outdir, { recursive: true, force: true });
  const shared = {
    bundle: true,
    platform: 'node',
    target: 'node22.19',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'linked',
    define: { AGENTOPS_VERSION: JSON.stringify(version) },
    metafile: true,
    logLevel: 'warning',
  } as const;
  const commandFiles = readdirSync(join(cli, 'src', 'commands')).map((name) => join(cli, 'src', 'commands', name));
  const worker = join(cli, '..', 'core', 'src', 'cost', 'ingest', 'worker.ts');
  const [entry, commands] = await Promise.all([
    build({
      ...shared,
      entryPoints: [join(cli, 'src', 'main.ts')],
      outfile: join(outdir, 'main.cjs'),
      format: 'cjs',
      minifyIdentifiers: true,
      plugins: [commandsApart],
    }),
    build({
      ...shared,
      entryPoints: [
        ...commandFiles.map((file) => ({ in: file, out: `commands/${basename(file, '.ts')}` })),
        { in: worker, out: 'workers/ingest' },
      ],
      outdir,
      chunkNames: 'chunks/[name]-[hash]',
      splitting: true,
      format: 'esm',
      plugins: [kubeConfigAlone],
      banner: requireForModules,
    }),
  ]);
  const outputs = [...Object.values(entry.metafile.outputs), ...Object.values(commands.metafile.outputs)];
  const [start] = Object.entries(entry.metafile.outputs).filter(([name]) => name.endsWith('main.cjs'));
  if (!start) throw new Error('the build made no main.cjs');
  return {
    startBytes: start[1].bytes,
    totalBytes: outputs.reduce((sum, output) => sum + output.bytes, 0),
    startInputs: Object.keys(start[1].inputs),
  };
}

/** CommonJS dependencies call require() for Node's own modules. */
export const requireForModules = {
  js: "import{createRequire as __agentopsRequire}from'node:module';const require=__agentopsRequire(import.meta.url);",
};

/** Leaves `import('./commands/x.ts')` in the entry as an import of the command's own bundle. */
const commandsApart: Plugin = {
  name: 'commands-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/commands\/[\w-]+\.ts$/ }, ({ path }) => ({ path: path.replace(/\.ts$/, '.js'), external: true }));
  },
};

/**
 * KubeConfig without undici and the generated API clients, a third of all the
 * code: it takes them for fetch and for makeApiClient, and we read lists with
 * Node's own https. A name it comes to import besides fails the build.
 */
export const kubeConfigAlone: Plugin = {
  name: 'kubeconfig-alone',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(undici|\.\/gen\/index\.js)$/ }, ({ path, importer }) =>
      /@kubernetes[\\/]client-node[\\/]dist[\\/]config\.js$/.test(importer) ? { path, namespace: 'left-out' } : undefined,
    );
    onLoad({ filter: /^/, namespace: 'left-out' }, ({ path }) => {
      const names = path === 'undici' ? ['Agent', 'ProxyAgent'] : ['createConfiguration', 'ServerConfiguration'];
      const contents = names
        .map((name) => `export function ${name}() { throw new Error('${name} is left out of this bundle'); }`)
        .join('\n');
      return { contents, loader: 'js' };
    });
  },
};
