import { afterAll, beforeAll, describe } from 'vitest';
import { type LabPrometheus, startPrometheus } from '../../packages/lab/src/prometheus/server.ts';
import type { Sample, Series } from '../../packages/lab/src/prometheus/store.ts';
import { historyMs, samplesAt, stepMs } from '../../scripts/servers/history.ts';
import { testNow } from '../support/host.ts';
import { describePrometheusContract } from './prometheus.ts';

const historyStart = Math.floor(testNow / stepMs) * stepMs - historyMs;

/** The history that promtool writes into the real server, as the lab takes it. */
function historySeries(): Series[] {
  interface Growing {
    readonly labels: Record<string, string>;
    readonly samples: Sample[];
  }
  const series = new Map<string, Growing>();
  for (let at = historyStart; at < historyStart + historyMs; at += stepMs) {
    for (const { name, labels, value } of samplesAt(at, historyStart)) {
      const full = { __name__: name, ...labels, job: 'agents', instance: 'fleet' };
      const key = JSON.stringify(full);
      const one: Growing = series.get(key) ?? { labels: full, samples: [] };
      one.samples.push([at, value]);
      series.set(key, one);
    }
  }
  return [...series.values()];
}

describe('the lab’s Prometheus', () => {
  let lab: LabPrometheus;
  beforeAll(async () => {
    lab = await startPrometheus({
      series: historySeries(),
      now: historyStart + historyMs - stepMs,
      targets: [
        { labels: { job: 'agents', instance: 'fleet' }, health: 'up' },
        { labels: { job: 'dead', instance: '127.0.0.1:9' }, health: 'down', lastError: 'connection refused' },
      ],
    });
  });
  afterAll(() => lab.close());
  describePrometheusContract(() => ({ url: lab.url, historyStart }));
});
