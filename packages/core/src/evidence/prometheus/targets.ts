import { available, type Evidence } from '../../model/evidence.ts';
import type { ScrapeTarget } from '../../model/prometheus.ts';
import { displayText } from '../display.ts';
import type { PrometheusClient } from './client.ts';
import { select } from './expression.ts';
import { isRecord } from './response.ts';

/**
 * `up` by job and instance, worst first; with the scrape error where the server
 * keeps one (Mimir, Thanos and VictoriaMetrics clusters have no targets page,
 * which is no gap). No `up` at all is `absent`: nothing is scraped, or the
 * metrics are pushed.
 */
export async function readTargets(client: PrometheusClient): Promise<Evidence<readonly ScrapeTarget[]>> {
  const [up, errors] = await Promise.all([client.vector(select('up', client.selector)), readErrors(client)]);
  if (!up.ok) return up;
  if (up.data.length === 0) {
    return { ok: false, reason: 'absent', source: client.source, detail: 'no `up` series: nothing is scraped, or the metrics are pushed' };
  }
  const targets = up.data.map(({ labels, value }): ScrapeTarget => {
    const { job = '', instance = '' } = labels;
    const error = value === '1' ? undefined : errors.get(`${job}\n${instance}`);
    return { job, instance, up: value === '1', ...(error === undefined ? {} : { error }) };
  });
  targets.sort((a, b) => Number(a.up) - Number(b.up) || compare(a.job, b.job) || compare(a.instance, b.instance));
  return available(
    client.source,
    targets,
    up.warnings.map((detail) => ({ ok: false, reason: 'invalid', source: client.source, detail: `the server warns: ${detail}` })),
  );
}

/** `job\ninstance` → last scrape error, of the active targets. */
async function readErrors(client: PrometheusClient): Promise<ReadonlyMap<string, string>> {
  const errors = new Map<string, string>();
  const answered = await client.get('/api/v1/targets?state=active');
  if (!answered.ok || !isRecord(answered.data) || !Array.isArray(answered.data.activeTargets)) return errors;
  for (const target of answered.data.activeTargets as unknown[]) {
    if (!isRecord(target) || !isRecord(target.labels) || typeof target.lastError !== 'string' || target.lastError === '') continue;
    errors.set(`${String(target.labels.job)}\n${String(target.labels.instance)}`, displayText(target.lastError));
  }
  return errors;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
