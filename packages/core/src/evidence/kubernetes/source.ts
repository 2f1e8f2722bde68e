import type { Config } from '../../config/schema.ts';
import { available, type Evidence, type Unavailable } from '../../model/evidence.ts';
import type { EvidenceKey, EvidencePromises, EvidenceTypes } from '../../model/evidence-map.ts';
import type { ClusterInfo } from '../../model/kubernetes.ts';
import type { GatherContext } from '../context.ts';
import { unavailableFrom } from '../failure.ts';
import { type CertificateEvidence, certificateOf, noTls } from '../tls/servers.ts';
import { connect } from './connect.ts';
import { readCertificates, readForeignPolicies, readGroups, readIstio } from './custom.ts';
import { readJobs, readNodeUsage, readPods, readPodUsage } from './derived.ts';
import { type Broken, isBroken, selectTargets, type Target } from './kubeconfig.ts';
import { optionalText, raw } from './raw.ts';
import { createReader, type Reader, read } from './reader.ts';
import { reduceEvent, reduceNamespace, reduceNode, reduceQuota } from './reduce/cluster.ts';
import { reduceEndpointSlice, reduceNetworkPolicy, reduceService } from './reduce/network.ts';
import { reduceAutoscaler, reduceDaemonSet, reduceDeployment, reduceStatefulSet } from './reduce/workload.ts';
import { get } from './request.ts';
import { type KubernetesKey, kubernetesKeys, resources } from './resources.ts';
import { readSecrets } from './secrets.ts';

export interface ContextEvidence {
  /** Kubeconfig context, or `in-cluster`. */
  readonly context: string;
  readonly evidence: EvidencePromises;
}

/**
 * Starts reading every wanted `kubernetes.*` key of every configured context.
 * Empty where no cluster is configured at all: see {@link kubernetesNotConfigured}.
 *
 * Namespaces: with `kubernetes.namespaces`, everything namespaced is listed in
 * each of them; without, cluster-wide, and objects in `excludeNamespaces` are
 * left out (but for `kubernetes.namespaces` itself, and Istio's root namespace).
 */
export async function gatherKubernetes(
  config: Config,
  wanted: ReadonlySet<EvidenceKey>,
  context: GatherContext,
): Promise<readonly ContextEvidence[]> {
  const keys = wantedKeys(wanted);
  if (keys.length === 0 || !config.kubernetes.enabled) return [];
  const selection = await selectTargets(config.kubernetes, context.host);
  return selection.map((entry) => ({
    context: entry.context,
    evidence: isBroken(entry) ? allUnavailable(keys, brokenEvidence(entry)) : start(entry, config, new Set(keys), context),
  }));
}

/** Every wanted `kubernetes.*` key as not configured. */
export function kubernetesNotConfigured(wanted: ReadonlySet<EvidenceKey>): EvidencePromises {
  return allUnavailable(wantedKeys(wanted), {
    ok: false,
    reason: 'not-configured',
    source: 'kubernetes',
    detail: 'no kubeconfig, and not in a cluster',
    hint: 'set KUBECONFIG, or kubernetes.kubeconfig in agentops.yaml',
  });
}

/** What is read of each context: its own keys, and its part of the servers' certificates. */
type ContextKey = KubernetesKey | 'tls.servers';

function wantedKeys(wanted: ReadonlySet<EvidenceKey>): readonly ContextKey[] {
  return [...kubernetesKeys, 'tls.servers' as const].filter((key) => wanted.has(key));
}

function allUnavailable(keys: readonly ContextKey[], unavailable: Unavailable): EvidencePromises {
  return Object.fromEntries(keys.map((key) => [key, Promise.resolve(unavailable)]));
}

function brokenEvidence(entry: Broken): Unavailable {
  return {
    ok: false,
    reason: 'invalid',
    source: `kubernetes ${entry.context}`,
    detail: entry.problem,
    ...(entry.hint === undefined ? {} : { hint: entry.hint }),
  };
}

function start(target: Target, config: Config, wanted: ReadonlySet<ContextKey>, context: GatherContext): EvidencePromises {
  const source = `kubernetes ${target.context}`;
  const reader = connect(target, context).then(
    (session): Evidence<Reader> => (session.ok ? available(source, createReader(session.data, context, config.kubernetes)) : session),
  );
  const evidence: EvidencePromises = {};

  /** A key under way; a defect of ours is a failure of that key, not of the run. */
  function put<K extends ContextKey>(key: K, work: (reader: Reader) => Promise<Evidence<EvidenceTypes[K]>>): void {
    if (wanted.has(key)) Object.assign(evidence, { [key]: guarded(reader, source, work) });
  }
  const groups = once(() => guarded(reader, source, readGroups));
  const jobs = once(() => guarded(reader, source, readJobs));
  const cluster = once(() => guarded(reader, source, readCluster));

  // First, so that its latency is the server's and not that of a queue of lists.
  put('kubernetes.cluster', () => cluster());
  put('kubernetes.pods', (r) => readPods(r, jobs()));
  put('kubernetes.secrets', readSecrets);
  put('kubernetes.nodes', (r) => read(r, resources['kubernetes.nodes'][0], { reduce: reduceNode }));
  put('kubernetes.podusage', readPodUsage);
  put('kubernetes.nodeusage', readNodeUsage);
  put('kubernetes.namespaces', (r) => read(r, resources['kubernetes.namespaces'][0], { reduce: reduceNamespace }));
  put('kubernetes.events', (r) =>
    read(r, resources['kubernetes.events'][0], { query: { fieldSelector: 'type!=Normal' }, reduce: reduceEvent }),
  );
  put('kubernetes.deployments', (r) => read(r, resources['kubernetes.deployments'][0], { reduce: reduceDeployment }));
  put('kubernetes.statefulsets', (r) => read(r, resources['kubernetes.statefulsets'][0], { reduce: reduceStatefulSet }));
  put('kubernetes.daemonsets', (r) => read(r, resources['kubernetes.daemonsets'][0], { reduce: reduceDaemonSet }));
  put('kubernetes.jobs', () => jobs());
  put('kubernetes.autoscalers', (r) => read(r, resources['kubernetes.autoscalers'][0], { reduce: reduceAutoscaler }));
  put('kubernetes.quotas', (r) => read(r, resources['kubernetes.quotas'][0], { reduce: reduceQuota }));
  put('kubernetes.services', (r) => read(r, resources['kubernetes.services'][0], { reduce: reduceService }));
  put('kubernetes.endpointslices', (r) => read(r, resources['kubernetes.endpointslices'][0], { reduce: reduceEndpointSlice }));
  put('kubernetes.networkpolicies', (r) => read(r, resources['kubernetes.networkpolicies'][0], { reduce: reduceNetworkPolicy }));
  put('kubernetes.certificates', async (r) => readCertificates(r, await groups()));
  put('kubernetes.istio', async (r) => readIstio(r, await groups()));
  put('kubernetes.foreignpolicies', async (r) => readForeignPolicies(r, await groups()));
  put('tls.servers', async (r) => readCertificate(r, await cluster()));
  // Idle keep-alive sockets must not hold the process, nor the server.
  void Promise.all([reader, ...Object.values(evidence)]).then(([ready]) => ready.ok && ready.data.session.agent.destroy());
  return evidence;
}

async function guarded<T>(
  reader: Promise<Evidence<Reader>>,
  source: string,
  work: (reader: Reader) => Promise<Evidence<T>>,
): Promise<Evidence<T>> {
  try {
    const ready = await reader;
    return ready.ok ? await work(ready.data) : ready;
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown error';
    return { ok: false, reason: 'invalid', source, detail: `the answer could not be read (${name})` };
  }
}

function once<T>(work: () => T): () => T {
  let result: { readonly value: T } | undefined;
  return () => {
    result ??= { value: work() };
    return result.value;
  };
}

/** Of the connections that are there once /version is answered, or has failed. */
function readCertificate({ session, context }: Reader, cluster: Evidence<ClusterInfo>): Promise<CertificateEvidence> {
  const { source, tls } = session;
  if (!tls) return Promise.resolve(noTls(source));
  return certificateOf({ name: source, source, ...tls.target }, tls.watch.seen(), cluster, context);
}

async function readCluster(reader: Reader): Promise<Evidence<ClusterInfo>> {
  const { session, context } = reader;
  const { clock } = context.host;
  const startedAt = clock.monotonic();
  const result = await get(session, '/version', {}, context);
  const latencyMs = clock.monotonic() - startedAt;
  if (!result.ok) {
    const { failure } = result;
    const detail = failure.reason === 'forbidden' ? 'not allowed to read /version (ClusterRole system:public-info-viewer)' : failure.detail;
    return unavailableFrom({ ...failure, detail }, session.source);
  }
  const version = optionalText(raw(result.data).gitVersion);
  if (version === undefined) {
    return unavailableFrom(
      { reason: 'invalid', detail: '/version answers no version: is this a Kubernetes API server?', phase: 'http' },
      session.source,
    );
  }
  return available(session.source, { context: session.context, server: session.server, version, latencyMs });
}
