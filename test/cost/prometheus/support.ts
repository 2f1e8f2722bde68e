import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { configSchema } from '../../../packages/core/src/config/schema.ts';
import type { UsageStore } from '../../../packages/core/src/cost/ingest/writer.ts';
import { ingestPrometheus, type PrometheusReading } from '../../../packages/core/src/cost/prometheus/ingest.ts';
import type { CountingRule } from '../../../packages/core/src/cost/prometheus/rule.ts';
import type { CounterFamily, UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { type LabPrometheus, startPrometheus } from '../../../packages/lab/src/prometheus/server.ts';
import type { Series } from '../../../packages/lab/src/prometheus/store.ts';
import { testHost } from '../../support/host.ts';

/** 21 November 2026, at that time of day (UTC). */
export function at(time: string): number {
  return Date.parse(`2026-11-21T${time}:00Z`);
}

const minute = 60_000;

/** A series scraped each minute; points are `HH:MM` → value, a value holds until the next. null: no samples until the next. */
export function scraped(labels: Readonly<Record<string, string>>, points: Readonly<Record<string, number | null>>, until: string): Series {
  const steps = Object.entries(points).map(([time, value]) => ({ from: at(time), value }));
  const samples: [number, number][] = [];
  for (let now = steps[0]?.from ?? 0; now <= at(until); now += minute) {
    const value = steps.findLast(({ from }) => from <= now)?.value;
    if (value !== null && value !== undefined) samples.push([now, value]);
  }
  return { labels: { job: 'agents', instance: 'a:1', ...labels }, samples };
}

/** `up` of a target that has been scraped since the day before. */
export function up(until: string, more: Readonly<Record<string, string>> = {}): Series {
  const samples: [number, number][] = [];
  for (let now = at('00:00') - 12 * 3_600_000; now <= at(until); now += 5 * minute) samples.push([now, 1]);
  return { labels: { __name__: 'up', job: 'agents', instance: 'a:1', ...more }, samples };
}

export async function lab(series: Iterable<Series>, now: string): Promise<LabPrometheus> {
  const server = await startPrometheus({ series, now: at(now) });
  onTestFinished(() => server.close());
  return server;
}

export function named(...families: readonly CounterFamily[]): CountingRule {
  return { named: new Set(families), elsewhere: new Map() };
}

export const all: CountingRule = { elsewhere: new Map() };

export function read(ledger: UsageStore, url: string, rule: CountingRule, selector = ''): Promise<PrometheusReading> {
  const { prometheus } = configSchema.parse({ prometheus: { url, selector } });
  if (prometheus === undefined) throw new Error('no Prometheus');
  return ingestPrometheus(ledger, prometheus, rule, testHost());
}

/** What of a record a test looks at: time of day, names, tokens that are not 0, requests that are not 0. */
export function brief(record: UsageRecord): string {
  const tokens = Object.entries(record.tokens).filter(([, count]) => count !== 0);
  return [
    new Date(record.at).toISOString().slice(11, 16),
    record.model || '-',
    record.agent || '-',
    ...(record.session ? [record.session] : []),
    ...(record.serviceTier ? [record.serviceTier] : []),
    ...tokens.map(([name, count]) => `${name}=${count}`),
    ...(record.requests === 0 ? [] : [`requests=${record.requests}`]),
  ].join(' ');
}

/** A server in front of another one that refuses ranges longer than so many seconds (`up` is asked for a day more). */
export async function startLimited(target: string, longest: number): Promise<{ readonly url: string }> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', target);
    const [start, end] = ['start', 'end'].map((name) => Number(url.searchParams.get(name)));
    const tooLong = url.pathname.endsWith('query_range') && (end ?? 0) - (start ?? 0) - (url.href.includes('up%5B') ? 86_400 : 0) > longest;
    const answer = tooLong ? undefined : await fetch(url);
    const body = answer
      ? await answer.text()
      : '{"status":"error","errorType":"execution","error":"query processing would load too many samples"}';
    response.writeHead(answer?.status ?? 422, { 'content-type': 'application/json' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
