import { existsSync } from 'node:fs';
import { type Config, configSchema } from '../config/schema.ts';
import { standardSources } from '../cost/ingest/sources.ts';
import type { GatherContext } from '../evidence/context.ts';
import { gather } from '../evidence/gather.ts';
import { vaultSettings } from '../evidence/vault/settings.ts';
import type { Host } from '../host.ts';
import type { Evidence } from '../model/evidence.ts';
import type { EvidenceKey, EvidencePromises, EvidenceTypes } from '../model/evidence-map.ts';
import type { Service } from '../model/kubernetes.ts';
import type { VaultSecret } from '../model/servers.ts';
import type { Candidate, Discovery } from './discovery.ts';
import { proposeSecrets } from './propose.ts';

interface Guess {
  /** What is tried. */
  readonly url: string;
  /** What would be written, where that differs (a reference instead of a password). */
  readonly written: string;
  readonly origin: string;
  readonly hint?: string;
}

type Kind = 'prometheus' | 'redis' | 'vault';

const known: Readonly<Record<Kind, { variable: string; scheme: string; port: number; service: RegExp }>> = {
  prometheus: {
    variable: 'PROMETHEUS_URL',
    scheme: 'http',
    port: 9090,
    service:
      /^(kube-)?prometheus(-server|-operated|-k8s|-stack-prometheus)?$|(^|-)(thanos-query|thanos-querier|mimir-query-frontend|vmselect|vmsingle)(-|$)|-prometheus$/,
  },
  redis: { variable: 'REDIS_URL', scheme: 'redis', port: 6379, service: /(^|-)(redis|valkey|redis-master|keydb)(-|$)/ },
  vault: { variable: 'VAULT_ADDR', scheme: 'http', port: 8200, service: /^(vault|openbao)(-active|-server)?$/ },
};

const providerVariables = [
  ['openai', 'OPENAI_API_KEY'],
  ['anthropic', 'ANTHROPIC_API_KEY'],
  ['google', 'GEMINI_API_KEY'],
  ['mistral', 'MISTRAL_API_KEY'],
  ['openrouter', 'OPENROUTER_API_KEY'],
] as const;

/** Looks around, read-only and in bounded time: kubeconfig, the environment, the cluster's services, this machine's usual ports. */
export async function discover(host: Host, options: { context?: string; timeoutMs: number }): Promise<Discovery> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  const io: GatherContext = { host, signal, deadline: host.clock.monotonic() + options.timeoutMs };
  const base = { kubernetes: { contexts: options.context ? [options.context] : [] } };
  const cluster = await gather(
    configSchema.parse(base),
    new Set<EvidenceKey>(['kubernetes.cluster', 'kubernetes.services', 'kubernetes.namespaces', 'kubernetes.secrets', 'kubernetes.pods']),
    io,
  );
  const first = cluster.contexts[0];
  const [info, services, namespaces] = await Promise.all([
    first?.evidence['kubernetes.cluster'],
    first?.evidence['kubernetes.services'],
    first?.evidence['kubernetes.namespaces'],
  ]);
  const found = services?.ok ? services.data : [];
  const candidates = async (kind: Kind): Promise<Candidate[]> =>
    Promise.all(guesses(kind, host, found).map((guess) => attempt(kind, guess, io)));
  const [prometheus, redis, vault] = await Promise.all([candidates('prometheus'), candidates('redis'), candidates('vault')]);
  return {
    kubernetes:
      first && info?.ok
        ? {
            found: true,
            context: first.context,
            server: info.data.server,
            version: info.data.version,
            namespaces: namespaces?.ok ? namespaces.data.map(({ name }) => name) : [],
          }
        : { found: false, detail: info && !info.ok ? `${info.source}: ${info.detail}` : 'no kubeconfig, and not inside a cluster' },
    prometheus,
    redis,
    vault,
    secrets: await secretsFound(first?.evidence ?? {}, vault, io),
    codingAgents: codingAgentLogs(host),
    providers: providerVariables.filter(([, variable]) => host.env[variable]).map(([name, variable]) => ({ name, variable })),
  };
}

/** Entries that are written out; more would make the file hard to read. */
const mostSecrets = 40;

async function secretsFound(cluster: EvidencePromises, vaults: readonly Candidate[], io: GatherContext): Promise<Discovery['secrets']> {
  const notes: string[] = [];
  const [vault, secrets, pods] = await Promise.all([inVault(vaults, io, notes), cluster['kubernetes.secrets'], cluster['kubernetes.pods']]);
  for (const piece of [secrets, pods]) {
    if (piece && !piece.ok) notes.push(`${piece.source}: ${piece.detail}`);
    else for (const gap of piece?.gaps ?? []) notes.push(`${gap.source}: ${gap.detail}`);
  }
  return { ...proposeSecrets(vault, secrets?.ok ? secrets.data : [], pods?.ok ? pods.data : []), notes: [...new Set(notes)].slice(0, 10) };
}

/** The token belongs to the server that VAULT_ADDR names: no other one is shown it. */
async function inVault(candidates: readonly Candidate[], io: GatherContext, notes: string[]): Promise<readonly VaultSecret[]> {
  const chosen = candidates.find(({ reachable }) => reachable);
  if (!chosen) return [];
  const settings = vaultSettings({}, io.host.env);
  if (chosen.origin !== 'VAULT_ADDR' || !settings) {
    notes.push('Vault was not looked into: set VAULT_ADDR, log in (vault login), and run agentops init again');
    return [];
  }
  const { surveyVault } = await import('../evidence/vault/survey.ts');
  const survey = await surveyVault(settings, mostSecrets, io);
  if (!survey.ok) {
    notes.push(`${survey.source}: ${survey.detail}${survey.hint === undefined ? '' : ` (${survey.hint})`}`);
    return [];
  }
  for (const gap of survey.gaps ?? []) notes.push(`${gap.source}: ${gap.detail}`);
  if (survey.data.more) notes.push(`Vault holds more than the ${mostSecrets} that stand here; path: folder/* takes a whole folder`);
  return survey.data.secrets;
}

/** Folders in which Claude Code and Codex keep their sessions, where there are any. */
function codingAgentLogs(host: Host): string[] {
  return standardSources(host).flatMap(({ name, patterns }) =>
    patterns.some((pattern) => existsSync(pattern.replace(/\/[^/]*[*{].*$/, ''))) ? [name] : [],
  );
}

function guesses(kind: Kind, host: Host, services: readonly Service[]): Guess[] {
  const { variable, scheme, port, service } = known[kind];
  const list: Guess[] = [];
  const fromEnvironment = host.env[variable];
  if (fromEnvironment) {
    // A URL may carry a password or a token, and what is no URL may be anything: then the variable alone is named.
    const secret = !/^[\w+]+:\/\/[^@?]*$/.test(fromEnvironment);
    list.push({ url: fromEnvironment, written: secret ? `\${env:${variable}}` : fromEnvironment, origin: variable });
  }
  for (const each of services.filter(({ name }) => service.test(name))) {
    const ownPort = each.ports.find((one) => one.port === port) ?? each.ports[0];
    if (!ownPort || each.ports.length === 0) continue;
    const url = `${scheme}://${each.name}.${each.namespace}.svc:${ownPort.port}`;
    list.push({
      url,
      written: url,
      origin: `service ${each.namespace}/${each.name}`,
      hint: `kubectl -n ${each.namespace} port-forward svc/${each.name} ${port}:${ownPort.port}`,
    });
  }
  const local = `${scheme}://127.0.0.1:${port}`;
  if (!list.some(({ url }) => url.startsWith(local) || url.startsWith(`${scheme}://localhost:${port}`)))
    list.push({ url: local, written: local, origin: 'localhost' });
  return list;
}

async function attempt(kind: Kind, guess: Guess, io: GatherContext): Promise<Candidate> {
  const result = (reachable: boolean, detail: string): Candidate => ({
    url: guess.written,
    origin: guess.origin,
    reachable,
    detail,
    ...(guess.hint && !reachable ? { hint: guess.hint } : {}),
  });
  const parsed = configSchema.safeParse(
    { prometheus: { prometheus: { url: guess.url } }, redis: { redis: [{ url: guess.url }] }, vault: { vault: { address: guess.url } } }[
      kind
    ],
  );
  if (!parsed.success) return result(false, `${guess.origin} does not hold a ${kind} URL`);
  if (kind === 'redis') {
    const servers = await one(parsed.data, 'redis.servers', io);
    const server = servers.ok ? servers.data[0] : servers;
    return server?.ok ? result(true, server.data.version) : result(false, server?.detail ?? 'no answer');
  }
  const info = kind === 'prometheus' ? await one(parsed.data, 'prometheus.info', io) : await one(parsed.data, 'vault.health', io);
  return info.ok ? result(true, info.data.version) : result(false, info.detail);
}

async function one<K extends EvidenceKey>(config: Config, key: K, io: GatherContext): Promise<Evidence<EvidenceTypes[K]>> {
  const { shared } = await gather(config, new Set([key]), io);
  const promise = shared[key] as Promise<Evidence<EvidenceTypes[K]>> | undefined;
  return (await promise) ?? { ok: false, reason: 'invalid', source: key, detail: 'was not gathered' };
}
