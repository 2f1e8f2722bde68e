import { duration } from '../../model/format.ts';
import type { ProviderProbe } from '../../model/servers.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { curl } from './next.ts';
import { slowAfter } from './settings.ts';
import { describeTimings, timeToFirstByte } from './timings.ts';

export const provider = defineCheck({
  meta: {
    id: 'connectivity/provider',
    category: 'connectivity',
    title: 'model providers',
    why: 'Without its provider an agent cannot think at all.',
    remedy: [
      'DNS, TCP, TLS: look at egress from here (firewall, proxy, network policy); the provider’s status page tells whether it is theirs.',
      '5xx: the provider is in trouble; route to another model if you can.',
      'An answer in HTML comes from something in between, such as a proxy that blocks it.',
      'No key is sent and no token spent: 401, 403 and 404 prove that the API is there.',
    ],
  },
  needs: [],
  uses: ['http.providers'],
  settings: slowAfter('3s'),
  evaluate(input, settings) {
    const probes = input['http.providers'];
    if (!probes.ok) {
      return { findings: [], gaps: probes.reason === 'not-configured' ? [] : [probes], examined: { count: 0, noun: 'provider' } };
    }
    return {
      findings: probes.data.flatMap((probe) => judge(probe, settings.slowAfter)),
      facts: probes.data
        .filter((probe) => probe.status !== undefined)
        .map((probe) => ({
          label: 'provider',
          resource: { kind: 'Provider', name: probe.name },
          text: `${probe.status}, ${describeTimings(probe)}`,
          measured: { value: timeToFirstByte(probe) ?? 0, unit: 'ms' },
        })),
      examined: { count: probes.data.length, noun: 'provider' },
    };
  },
});

function judge(probe: ProviderProbe, slowAfterMs: number): FindingDraft[] {
  const timings = describeTimings(probe);
  const base = {
    resource: { kind: 'Provider', name: probe.name },
    detail: `${probe.url}${timings === '' ? '' : `: ${timings}`}`,
    next: [curl(probe.url)],
  };
  const { failure } = probe;
  if (failure?.reason === 'rate-limited') {
    const wait = probe.retryAfterMs === undefined ? '' : `, retry after ${duration(probe.retryAfterMs)}`;
    return [{ ...base, severity: 'warning', seen: `answers 429: too many requests${wait}`, expected: probe.expected }];
  }
  // Reached, but not its API: a redirect comes from a portal or a moved address.
  if (failure && probe.status !== undefined && probe.status < 400) {
    return [{ ...base, severity: 'warning', seen: failure.detail, expected: probe.expected }];
  }
  if (failure) return [{ ...base, severity: 'critical', seen: failure.detail, expected: probe.expected }];
  if (probe.contentType === 'text/html') {
    return [{ ...base, severity: 'warning', seen: `answers ${probe.status} with a web page`, expected: 'an answer of its API' }];
  }
  const waited = timeToFirstByte(probe);
  if (waited === undefined || waited <= slowAfterMs) return [];
  return [
    {
      ...base,
      severity: 'warning',
      seen: `first byte after ${duration(waited)}`,
      expected: `within ${duration(slowAfterMs)}`,
      measured: { value: waited, unit: 'ms' },
      threshold: { value: slowAfterMs, unit: 'ms' },
    },
  ];
}
