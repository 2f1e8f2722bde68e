/**
 * `npm run bench:diagnose`: how long `agentops diagnose` takes on a large
 * cluster (a real API server, nodes and pods by kwok), beside `kubectl get
 * --raw` of the same lists one after the other, in the same run and in turns,
 * and beside popeye where it is built (scripts/servers/build.sh popeye).
 *
 *   node scripts/bench/diagnose.ts [--rounds 5] [--scale 1] [--reuse FILE] [--popeye-rounds 1]
 *
 * --scale 0.1 is a tenth of the cluster; --reuse FILE keeps the cluster for the next run
 * (node scripts/servers/up.ts down --state FILE stops it).
 */
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allChecks } from '../../packages/core/src/checks/registry.ts';
import { wantedEvidence } from '../../packages/core/src/diagnose/select.ts';
import { kubernetesKeys, listPath, resources } from '../../packages/core/src/evidence/kubernetes/resources.ts';
import type { Report } from '../../packages/core/src/model/report.ts';
import { permissionsFor } from '../../packages/core/src/permissions/diagnose.ts';
import { binaryPaths } from '../servers/binaries.ts';
import type { KubernetesServer } from '../servers/kubernetes.ts';
import { KubernetesApi } from '../servers/kubernetes-api.ts';
import { isAlive } from '../servers/process.ts';
import { readState, writeState } from '../servers/state.ts';
import { startServers, stopServers } from '../servers/up.ts';
import { fillCluster } from './cluster.ts';
import { type Measurement, measure, measureOnScreen, median, type RunOptions } from './measure.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    scale: { type: 'string', default: '1' },
    reuse: { type: 'string' },
    'popeye-rounds': { type: 'string', default: '1' },
  },
});
const rounds = Number(values.rounds);
const scale = Number(values.scale);
const size = {
  nodes: Math.ceil(500 * scale),
  deployments: Math.ceil(100 * scale),
  replicas: 50,
  secrets: Math.ceil(2000 * scale),
  policies: Math.ceil(300 * scale),
};
const cli = join(import.meta.dirname, '..', '..', 'packages', 'cli');
const { bin } = JSON.parse(readFileSync(join(cli, 'package.json'), 'utf8')) as { bin: { agentops: string } };
const agentops = join(cli, bin.agentops);

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

async function cluster(): Promise<{ server: KubernetesServer; folder: string; stop: () => Promise<void> }> {
  const { reuse } = values;
  if (reuse !== undefined && existsSync(reuse)) {
    const state = readState(reuse);
    if (state.servers.kubernetes && state.processes.every(isAlive)) {
      return { server: state.servers.kubernetes, folder: state.folder, stop: async () => undefined };
    }
    await stopServers(state);
  }
  const running = await startServers({ only: ['kubernetes'], kubernetes: { seed: false } });
  const { kubernetes } = running.servers;
  if (!kubernetes) throw new Error(`kubernetes did not start: ${running.failed.kubernetes}`);
  try {
    await fillCluster(kubernetes, size, say);
  } catch (error) {
    await running.stop();
    throw error;
  }
  if (reuse === undefined) return { server: kubernetes, folder: running.folder, stop: () => running.stop() };
  writeState(reuse, running);
  return { server: kubernetes, folder: running.folder, stop: async () => undefined };
}

/** The lists that `agentops diagnose` reads, as far as this cluster serves them. */
async function listPaths(kubectl: string, run: RunOptions): Promise<readonly string[]> {
  const wanted = new Set(permissionsFor(wantedEvidence(allChecks)).map(({ group, resource }) => `${group}/${resource}`));
  const all = kubernetesKeys.flatMap((key) => resources[key]).filter(({ group, name }) => wanted.has(`${group}/${name}`));
  const paths = [...new Set(all.map((resource) => listPath(resource, resource.versions[0] ?? 'v1')))];
  const served = await Promise.all(
    paths.map(async (path) => ((await measure(kubectl, ['get', '--raw', `${path}?limit=1`], run)).exitCode === 0 ? [path] : [])),
  );
  return served.flat();
}

async function rawLists(kubectl: string, paths: readonly string[], run: RunOptions): Promise<number> {
  const began = performance.now();
  for (const path of paths) {
    const { exitCode, errors } = await measure(kubectl, ['get', '--raw', path], run);
    if (exitCode !== 0) throw new Error(`kubectl get --raw ${path}: ${errors}`);
  }
  return performance.now() - began;
}

/** The same lists over one kept connection: what the server and the wire cost without kubectl's own starts. */
async function keptConnection(server: KubernetesServer, paths: readonly string[]): Promise<number> {
  const api = new KubernetesApi({ url: server.url, caFile: server.caFile, token: server.tokens.admin });
  const began = performance.now();
  for (const path of paths) {
    const { status } = await api.request('GET', path);
    if (status !== 200) throw new Error(`GET ${path}: ${status}`);
  }
  const tookMs = performance.now() - began;
  api.close();
  return tookMs;
}

/** A run that broke off or did not see everything must not look fast. */
function checkComplete({ exitCode, output, errors }: Measurement): Report {
  if (exitCode === null || exitCode > 3 || output === '') throw new Error(`agentops diagnose: exit code ${exitCode}\n${errors}`);
  const report = JSON.parse(output) as Report;
  const examined = Math.max(...report.categories.flatMap(({ checks }) => checks.map((check) => check.examined?.count ?? 0)));
  const pods = size.deployments * size.replicas;
  if (examined < pods) throw new Error(`agentops diagnose examined ${examined} objects at most, there are ${pods} pods`);
  const missed = report.notSeen.filter(({ reason }) => reason !== 'absent');
  if (missed.length > 0)
    throw new Error(`agentops diagnose did not see: ${missed.map(({ source, detail }) => `${source}: ${detail}`).join('; ')}`);
  return report;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
function line(name: string, values: readonly number[], unit: (value: number) => string): string {
  return `${name.padEnd(34)} ${unit(median(values)).padStart(9)}   (${unit(Math.min(...values))} – ${unit(Math.max(...values))}, ${values.length} runs)`;
}

async function bench(server: KubernetesServer, folder: string): Promise<void> {
  const env = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: server.kubeconfig };
  const run: RunOptions = { cwd: folder, env };
  const diagnose = [agentops, 'diagnose', '--timeout', '120s'];
  const paths = await listPaths(server.kubectl, run);

  const report = checkComplete(await measure(process.execPath, [...diagnose, '-o', 'json'], run));
  await rawLists(server.kubectl, paths, run);
  const walls: number[] = [];
  const peaks: number[] = [];
  const raws: number[] = [];
  const kept: number[] = [];
  const screens: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const ours = async (): Promise<void> => {
      const measured = await measure(process.execPath, [...diagnose, '-o', 'json'], run);
      checkComplete(measured);
      walls.push(measured.wallMs);
      peaks.push(measured.peakBytes);
    };
    const theirs = async (): Promise<void> => {
      raws.push(await rawLists(server.kubectl, paths, run));
    };
    const bare = async (): Promise<void> => {
      kept.push(await keptConnection(server, paths));
    };
    // In turns, so that neither always finds the warmer server.
    for (const step of round % 2 === 0 ? [ours, theirs, bare] : [bare, theirs, ours]) await step();
    const screen = await measureOnScreen(process.execPath, diagnose, run);
    if (screen.exitCode === null || screen.exitCode > 3) throw new Error(`agentops diagnose on a terminal: exit code ${screen.exitCode}`);
    if (screen.firstTextMs !== undefined) screens.push(screen.firstTextMs);
    say(`round ${round + 1} of ${rounds}`);
  }
  const ratio = median(walls) / median(raws);
  const rows = [
    `${size.nodes} nodes, ${size.deployments * size.replicas} pods, ${size.secrets} secrets, ${size.policies} policies; Kubernetes ${server.version}, Node ${process.version}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}`,
    `verdict ${report.verdict}, ${report.findings.length} findings, ${paths.length} lists`,
    line('agentops diagnose', walls, seconds),
    line(`kubectl get --raw, ${paths.length} lists in turn`, raws, seconds),
    `${'ratio'.padEnd(34)} ${ratio.toFixed(2).padStart(9)}   (aim ≤ 1.00)`,
    line('the same lists, one connection', kept, seconds),
    `${line('peak memory', peaks, megabytes)}   (aim ≤ 300 MB)`,
    screens.length > 0
      ? `${line('first text on screen', screens, seconds)}   (aim < 1 s)`
      : 'first text on screen: nothing came (is `script` of util-linux there?)',
  ];
  process.stdout.write(`${rows.join('\n')}\n`);
  await popeye(run, median(walls));
}

async function popeye(run: RunOptions, ours: number): Promise<void> {
  const path = (await binaryPaths()).get('popeye');
  if (path === undefined || !existsSync(path)) {
    process.stdout.write('popeye: not built (scripts/servers/build.sh popeye)\n');
    return;
  }
  const measured: Measurement[] = [];
  for (let round = 0; round < Number(values['popeye-rounds']); round++) {
    measured.push(await measure(path, ['-A', '-o', 'json'], run));
  }
  if (measured.length === 0) return;
  const walls = measured.map(({ wallMs }) => wallMs);
  const peaks = measured.map(({ peakBytes }) => peakBytes);
  process.stdout.write(
    `${[line('popeye', walls, seconds), line('popeye, peak memory', peaks, megabytes), `${'popeye / agentops'.padEnd(34)} ${(median(walls) / ours).toFixed(1).padStart(9)}`].join('\n')}\n`,
  );
}

if (!existsSync(join(cli, 'dist'))) {
  say('agentops is not built: npm run build');
  process.exitCode = 1;
} else {
  const { server, folder, stop } = await cluster();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop().finally(() => process.exit(130)));
  try {
    await bench(server, folder);
  } finally {
    await stop();
  }
}
