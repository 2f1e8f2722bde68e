/**
 * Brings up the real servers that the contract suites run against, on loopback,
 * in a private temporary folder.
 *
 *   node scripts/servers/up.ts [--only kubernetes,redis] [--state FILE] [--no-build]   start, write FILE, leave them running
 *   node scripts/servers/up.ts --hold [--only …]                                       start, print what to export, stop on Ctrl-C
 *   node scripts/servers/up.ts down --state FILE                                       stop what FILE names
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildServers, installPackages } from './binaries.ts';
import { type KubernetesOptions, startKubernetes } from './kubernetes.ts';
import { type Authority, createAuthority } from './pki.ts';
import { startPostgres } from './postgres.ts';
import { isAlive, type ProcessRecord, type Run, stopProcesses } from './process.ts';
import { startPrometheus } from './prometheus.ts';
import { startRedis } from './redis.ts';
import { readState, type ServerName, type Servers, type ServersState, serverNames, writeState } from './state.ts';
import { startToxiproxy } from './toxiproxy.ts';
import { startVault } from './vault.ts';

export interface StartOptions {
  /** Default: every server. */
  readonly only?: readonly ServerName[];
  /** Build and install what is missing first; default true. */
  readonly build?: boolean;
  readonly kubernetes?: KubernetesOptions;
  /** Called with the state after every process, so that a crash leaves a file to stop from. */
  readonly onState?: (state: ServersState) => void;
}

export interface RunningServers extends ServersState {
  /** Stops everything that was started and removes the folder. */
  stop(): Promise<void>;
}

/** What build.sh must have built for each server; the rest comes from packages. */
const builds: Readonly<Record<ServerName, readonly string[]>> = {
  kubernetes: ['etcd', 'kubernetes', 'kwok', 'metrics-server'],
  prometheus: [],
  redis: [],
  vault: ['vault'],
  toxiproxy: ['toxiproxy'],
  postgres: [],
};

type Starter = (run: Run, authority: Authority, options: StartOptions) => Promise<unknown>;

/** One line a server; a server of a later need is a file beside these and a line here. */
const starters: Readonly<Record<ServerName, Starter>> = {
  toxiproxy: (run) => startToxiproxy(run),
  redis: (run, authority) => startRedis(run, authority),
  postgres: (run) => startPostgres(run),
  prometheus: (run) => startPrometheus(run),
  vault: (run) => startVault(run),
  kubernetes: (run, authority, options) => startKubernetes(run, authority, options.kubernetes),
};

/**
 * Starts the servers, one after the other. One that does not come up is in
 * `failed` with its reason and does not keep the others from coming up.
 */
export async function startServers(options: StartOptions = {}): Promise<RunningServers> {
  const wanted = (Object.keys(starters) as ServerName[]).filter((name) => (options.only ?? serverNames).includes(name));
  const failed: Partial<Record<ServerName, string>> = {};
  const prepare = async (label: string, names: readonly ServerName[], action: () => Promise<void>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      for (const name of names) failed[name] ??= `${label}: ${error instanceof Error ? error.message : String(error)}`;
    }
  };
  if (options.build ?? true) {
    await prepare('packages', ['prometheus', 'redis', 'postgres'], installPackages);
    for (const name of wanted) {
      if (builds[name].length > 0) await prepare('build', [name], () => buildServers(builds[name]));
    }
  }
  const servers: Partial<Record<ServerName, unknown>> = {};
  const state = (): ServersState => ({ folder: run.folder, processes: run.processes, servers: servers as Servers, failed });
  const run: Run = {
    folder: mkdtempSync(join(tmpdir(), 'agentops-servers-')),
    processes: [],
    onStart: () => options.onState?.(state()),
  };
  const authority = await createAuthority(run.folder);
  for (const name of wanted) {
    if (failed[name] !== undefined) continue;
    const began = Date.now();
    try {
      servers[name] = await starters[name](run, authority, options);
      say(`${name} is up (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed[name] = error instanceof Error ? error.message : String(error);
    }
    options.onState?.(state());
  }
  for (const [name, why] of Object.entries(failed)) say(`not running: ${name}: ${why}`);
  return { ...state(), stop: () => stopServers(state()) };
}

/** Stops what a state names and removes its folder. */
export async function stopServers(state: ServersState): Promise<void> {
  await stopProcesses(state.processes);
  rmSync(state.folder, { recursive: true, force: true });
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}

function exportLines(state: ServersState): string {
  const { kubernetes, prometheus, redis, vault, toxiproxy, postgres } = state.servers;
  const values: Record<string, string | undefined> = {
    KUBECONFIG: kubernetes?.kubeconfig,
    PROMETHEUS_URL: prometheus?.url,
    REDIS_URL: redis?.url,
    VAULT_ADDR: vault?.url,
    VAULT_TOKEN: vault?.rootToken,
    TOXIPROXY_URL: toxiproxy?.url,
    AGENTOPS_TEST_POSTGRES_URL: postgres?.url,
  };
  const lines = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`export ${name}=${value}`]));
  return `${lines.join('\n')}\n`;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      state: { type: 'string' },
      hold: { type: 'boolean', default: false },
      build: { type: 'boolean', default: true },
      seed: { type: 'boolean', default: true },
    },
    allowNegative: true,
  });
  const file = values.state ?? join(tmpdir(), 'agentops-servers.json');
  if (positionals[0] === 'down') {
    await stopServers(readState(file));
    rmSync(file, { force: true });
    return 0;
  }
  const only = values.only?.split(',') as ServerName[] | undefined;
  const unknown = only?.filter((name) => !serverNames.includes(name)) ?? [];
  if (unknown.length > 0 || positionals.length > 0) {
    say(`unknown: ${[...unknown, ...positionals].join(', ')} (servers: ${serverNames.join(', ')})`);
    return 2;
  }
  let latest: ServersState | undefined;
  const onSignal = (): void => {
    void (latest ? stopServers(latest) : Promise.resolve()).finally(() => {
      rmSync(file, { force: true });
      process.exit(values.hold ? 0 : 130);
    });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, onSignal);
  const running = await startServers({
    ...(only ? { only } : {}),
    build: values.build,
    kubernetes: { seed: values.seed },
    onState: (state) => {
      latest = state;
      writeState(file, state);
    },
  });
  say(`state: ${file}`);
  process.stdout.write(exportLines(running));
  if (values.hold) {
    say('Ctrl-C stops them');
    setInterval(() => reportEnded(running.processes), 2000);
    await new Promise<never>(() => undefined);
  }
  return Object.keys(running.failed).length > 0 ? 1 : 0;
}

const reported = new Set<number>();

function reportEnded(processes: readonly ProcessRecord[]): void {
  for (const record of processes) {
    if (reported.has(record.pid) || isAlive(record)) continue;
    reported.add(record.pid);
    say(`${record.name} ended by itself, see ${record.logFile}`);
  }
}

if (import.meta.main) process.exitCode = await main();
