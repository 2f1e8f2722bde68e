import { duration } from '../../model/format.ts';
import { defineCheck } from '../check.ts';
import { curl, hostOf, lookAtHost } from './next.ts';
import { nameOf, notReached } from './reach.ts';
import { slowAfter } from './settings.ts';

export const prometheus = defineCheck({
  meta: {
    id: 'connectivity/prometheus',
    category: 'connectivity',
    title: 'Prometheus',
    why: 'Without it error ratios, latencies and spend are not known, and alerts do not fire.',
    remedy: [
      'Refused or no such host: look whether the pod runs and whether prometheus.url in agentops.yaml is right from here.',
      '5xx: look at its log; a server that replays its write-ahead log answers 503 for minutes.',
      'Slow: look at prometheus_engine_query_duration_seconds and at memory.',
    ],
  },
  needs: [],
  uses: ['prometheus.info'],
  settings: slowAfter('2s'),
  evaluate(input, settings) {
    const info = input['prometheus.info'];
    const examined = { count: 1, noun: 'server' };
    const url = info.ok ? info.data.url : nameOf(info.source, 'prometheus');
    const resource = { kind: 'Prometheus', name: url };
    const next = [...lookAtHost(hostOf(url)), curl(`${url.replace(/\/+$/, '')}/-/ready`)];
    if (!info.ok) return { ...notReached(info, { resource, next }), examined };
    const { latencyMs, version } = info.data;
    return {
      examined,
      facts: [{ label: 'Prometheus', resource, text: `${version}, ${duration(latencyMs)}`, measured: { value: latencyMs, unit: 'ms' } }],
      findings:
        latencyMs > settings.slowAfter
          ? [
              {
                severity: 'warning',
                resource,
                seen: `answers after ${duration(latencyMs)}`,
                expected: `within ${duration(settings.slowAfter)}`,
                measured: { value: latencyMs, unit: 'ms' },
                threshold: { value: settings.slowAfter, unit: 'ms' },
                next,
              },
            ]
          : [],
    };
  },
});
