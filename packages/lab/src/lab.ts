import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProvider } from './http/provider.ts';
import { startHttp } from './http/server.ts';
import { playRollouts, type RolloutOptions } from './kubernetes/rollouts/index.ts';
import { startKubernetes } from './kubernetes/server.ts';
import { heartbeats, registryKey, vaultToken } from './platform/stores.ts';
import type { Reachability, World } from './platform/world.ts';
import { startPrometheus } from './prometheus/server.ts';
import { startRedis } from './redis/server.ts';
import { type Scenario, worldOf } from './scenarios/scenarios.ts';
import { refusedPort, startSilent } from './silent.ts';
import { keepReporting, type UsageFiles, writeUsage } from './usage/write.ts';
import { startVault } from './vault/server.ts';

export interface Lab {
  readonly scenario: string;
  /** Private temporary folder with both files, the usage and the ledger; removed by close(). */
  readonly folder: string;
  readonly configFile: string;
  readonly kubeconfigFile: string;
  readonly urls: {
    readonly kubernetes: string;
    readonly prometheus: string;
    readonly redis: string;
    readonly vault: string;
    readonly gateway: string;
    readonly provider: string;
  };
  close(): Promise<void>;
}

/**
 * Starts the practice environment on free ports of 127.0.0.1. With `now` (ms)
 * the world stands still at that instant, for tests; else it lives: agents go
 * on reporting, and workloads that somebody changes are rolled out, at the pace
 * of `rollouts`.
 */
export async function startLab(scenario: Scenario, options: { now?: number; rollouts?: RolloutOptions } = {}): Promise<Lab> {
  const now = options.now ?? Date.now();
  const world = worldOf(scenario, now);
  const [kubernetes, vault, gateway, provider] = await Promise.all([
    startKubernetes(world.kubernetes),
    startVault(world.vault),
    startHttp(world.gateway),
    startProvider(world.provider),
  ]);
  const prometheus = await reachable(world.reach.prometheus, async () =>
    startPrometheus({ ...world.prometheus, ...(options.now === undefined ? {} : { now }) }),
  );
  let beat: NodeJS.Timeout | undefined;
  const redis = await reachable(world.reach.redis, async () => {
    const server = await startRedis(world.redis);
    if (options.now === undefined)
      beat = setInterval(() => server.keys.set(registryKey, new Map(Object.entries(heartbeats(Date.now())))), 10_000).unref();
    return server;
  });
  const folder = mkdtempSync(join(tmpdir(), 'agentops-lab-'));
  const kubeconfigFile = join(folder, 'kubeconfig.yaml');
  const configFile = join(folder, 'agentops.yaml');
  const urls = {
    kubernetes: kubernetes.url,
    prometheus: `http://127.0.0.1:${prometheus.port}`,
    redis: `redis://127.0.0.1:${redis.port}`,
    vault: vault.url,
    gateway: gateway.url,
    provider: provider.url,
  };
  writeFileSync(kubeconfigFile, kubernetes.kubeconfig(), { mode: 0o600 });
  const usage = writeUsage(join(folder, 'usage'), now, scenario.tweaks);
  const rollouts = options.now === undefined ? playRollouts(kubernetes.store, options.rollouts) : undefined;
  const reporting = options.now === undefined ? keepReporting(usage, now, scenario.tweaks) : undefined;
  writeFileSync(configFile, configText({ urls, kubeconfig: kubeconfigFile, world, usage, ledger: join(folder, 'ledger.db'), scenario }), {
    mode: 0o600,
  });
  return {
    scenario: scenario.name,
    folder,
    configFile,
    kubeconfigFile,
    urls,
    close: async () => {
      clearInterval(beat);
      rollouts?.stop();
      reporting?.stop();
      rmSync(folder, { recursive: true, force: true });
      await Promise.all([kubernetes, vault, gateway, provider, prometheus, redis].map((server) => server.close()));
    },
  };
}

async function reachable(
  state: Reachability,
  start: () => Promise<{ port: number; close(): Promise<void> }>,
): Promise<{ port: number; close(): Promise<void> }> {
  if (state === 'silent') return startSilent();
  if (state === 'refused') return { port: await refusedPort(), close: async () => undefined };
  return start();
}

interface ConfigParts {
  readonly urls: Lab['urls'];
  readonly kubeconfig: string;
  readonly world: World;
  readonly usage: UsageFiles;
  readonly ledger: string;
  readonly scenario: Scenario;
}

function configText({ urls, kubeconfig, world, usage, ledger, scenario }: ConfigParts): string {
  return `# The practice environment's configuration: its credentials open nothing else.
lab: ${scenario.name}
timeZone: UTC
kubernetes:
  kubeconfig: ${JSON.stringify(kubeconfig)}
prometheus:
  url: ${urls.prometheus}
redis:
  - name: cache
    url: ${urls.redis}
    password: agentops-lab
vault:
  address: ${urls.vault}
  auth: { method: token, token: ${vaultToken} }
  secrets:
    - mount: kv
${world.secrets}agents:
  registryKey: ${registryKey}
endpoints:
  - name: gateway
    url: ${urls.gateway}/health
providers:
  - name: lab-provider
    url: ${urls.provider}/v1
budget:
  daily: ${world.budget.daily}
  monthly: ${world.budget.monthly}
  hourlyTokens: ${world.budget.hourlyTokens}
cost:
  codingAgents: false
  sources:
    - { name: agents (OpenTelemetry), path: ${JSON.stringify(usage.telemetry)}, format: otlp }
    - { name: engineers (Claude Code), path: ${JSON.stringify(usage.sessions)}, format: claude-code }
  evaluations: ${JSON.stringify(usage.evaluations)}
  advice: { nonInteractive: [summarizer] }
  prices:
    # As agreed with the provider: no surcharge for long contexts.
    claude-sonnet-4-5:
      prices: [{ input: 3, output: 15, cacheRead: 0.3, cacheWrite5m: 3.75, cacheWrite1h: 6 }]
ledger: ${JSON.stringify(ledger)}
`;
}
