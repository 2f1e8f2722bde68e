import type { Config } from '../../config/schema.ts';
import type { Evidence, Unavailable } from '../../model/evidence.ts';
import { available } from '../../model/evidence.ts';
import type { EvidenceKey, EvidencePromises, EvidenceTypes } from '../../model/evidence-map.ts';
import type { PrometheusInfo } from '../../model/prometheus.ts';
import type { GatherContext } from '../context.ts';
import { displayUrl } from '../display.ts';
import { openPrometheus, type Probe, type PrometheusClient } from './client.ts';
import { readPerformance } from './performance.ts';
import { isRecord } from './response.ts';
import { readSpend } from './spend.ts';
import { readTargets } from './targets.ts';

type PrometheusKey = Extract<EvidenceKey, `prometheus.${string}` | 'tls.servers'>;

/**
 * Everything that comes from Prometheus. One probe comes first and is shared: a
 * server that is unreachable or refuses us is told once, and no forty queries
 * wait for the same black hole.
 */
export function gatherPrometheus(config: Config, wanted: ReadonlySet<EvidenceKey>, context: GatherContext): EvidencePromises {
  const settings = config.prometheus;
  const any = [...wanted].some((key) => key.startsWith('prometheus.') || key === 'tls.servers');
  const opened = settings === undefined || !any ? undefined : openPrometheus(settings, context);
  const pending: Promise<unknown>[] = [];

  /** One piece of evidence, if it is wanted: read after the probe; whatever is thrown is a defect of ours, told as `invalid`. */
  function piece<K extends PrometheusKey>(
    key: K,
    read: (client: PrometheusClient, probe: Probe) => Promise<Evidence<EvidenceTypes[K]>>,
    otherwise: (client: PrometheusClient, probe: Unavailable) => Promise<Evidence<EvidenceTypes[K]>> = async (_client, probe) => probe,
  ): { [P in K]?: Promise<Evidence<EvidenceTypes[K]>> } {
    if (!wanted.has(key)) return {};
    if (!opened) return { [key]: Promise.resolve(notConfigured) } as { [P in K]: Promise<Unavailable> };
    const run = async (): Promise<Evidence<EvidenceTypes[K]>> => {
      const client = await opened;
      if ('ok' in client) return client;
      const probe = await client.probe();
      return probe.ok ? read(client, probe.data) : otherwise(client, probe);
    };
    const source = `prometheus ${displayUrl(settings?.url ?? '')}`;
    const promise = run().catch(
      (error: unknown): Unavailable => ({
        ok: false,
        reason: 'invalid',
        source,
        detail: `could not be read (${error instanceof Error ? error.name : 'unknown error'})`,
      }),
    );
    pending.push(promise);
    return { [key]: promise } as { [P in K]: Promise<Evidence<EvidenceTypes[K]>> };
  }

  const promises: EvidencePromises = {
    ...piece('prometheus.info', readInfo),
    ...piece('prometheus.targets', (client) => readTargets(client)),
    ...piece('prometheus.performance', (client) => readPerformance(client, (settings?.window ?? 300_000) / 1000)),
    ...piece('prometheus.spend', (client, probe) =>
      readSpend(client, config.budget, config.timeZone ?? context.host.clock.timeZone, probe.serverNow),
    ),
    ...piece(
      'tls.servers',
      (client) => client.certificate({ ok: true }),
      (client, probe) => client.certificate(probe),
    ),
  };
  // Idle keep-alive sockets must not hold the process.
  if (opened)
    void Promise.allSettled([opened, ...pending]).then(
      ([client]) => client.status === 'fulfilled' && 'close' in client.value && client.value.close(),
    );
  return promises;
}

const notConfigured: Unavailable = {
  ok: false,
  reason: 'not-configured',
  source: 'prometheus',
  detail: 'no Prometheus is configured',
  hint: 'set prometheus.url in agentops.yaml',
};

/** Version where the back end has a build page (Thanos and VictoriaMetrics may not); that it answers, the probe has shown. */
async function readInfo(client: PrometheusClient, probe: Probe): Promise<Evidence<PrometheusInfo>> {
  const build = await client.get('/api/v1/status/buildinfo');
  const version = build.ok && isRecord(build.data) && typeof build.data.version === 'string' ? build.data.version : 'unknown';
  return available(client.source, { url: client.url, version: version.slice(0, 60), latencyMs: probe.latencyMs });
}
