import type { Unavailable } from '../../model/evidence.ts';
import type { Fact } from '../../model/finding.ts';
import { duration } from '../../model/format.ts';
import type { EndpointProbe } from '../../model/servers.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { curl, hostOf, lookAtHost } from './next.ts';
import { notVerified } from './reach.ts';
import { slowAfter } from './settings.ts';
import { describeTimings, timeToFirstByte } from './timings.ts';

export const endpoint = defineCheck({
  meta: {
    id: 'connectivity/endpoint',
    category: 'connectivity',
    title: 'HTTP endpoints',
    why: 'Agents depend on it: tools, gateways and services that do not answer fail their tasks.',
    remedy: [
      'The phase says where to look: DNS (name, resolver), TCP (process down, Service without endpoints, network policy), TLS (certificate), HTTP (the application).',
      'A status that is right for you belongs into expectStatus; credentials belong into headers.',
    ],
  },
  needs: [],
  uses: ['http.endpoints'],
  settings: slowAfter('2s'),
  evaluate(input, settings) {
    const probes = input['http.endpoints'];
    if (!probes.ok) {
      return { findings: [], gaps: probes.reason === 'not-configured' ? [] : [probes], examined: { count: 0, noun: 'endpoint' } };
    }
    return {
      findings: probes.data.flatMap((probe) => judge(probe, settings.slowAfter)),
      gaps: probes.data.flatMap(notJudged),
      facts: probes.data.flatMap(describe),
      examined: { count: probes.data.length, noun: 'endpoint' },
    };
  },
});

/** It answered, but would not tell us how it is. */
function isClosed(probe: EndpointProbe): boolean {
  return probe.failure !== undefined && ['unauthorized', 'forbidden', 'rate-limited'].includes(probe.failure.reason);
}

function notJudged(probe: EndpointProbe): Unavailable[] {
  const { failure } = probe;
  if (!failure || !isClosed(probe)) return [];
  const hint =
    failure.reason === 'rate-limited'
      ? 'it throttles this probe; look again later'
      : `set headers: of endpoint ${probe.name}, or expectStatus: [${probe.status}]`;
  return [{ ok: false, reason: failure.reason, source: `endpoint ${probe.name} ${probe.url}`, detail: failure.detail, hint }];
}

function judge(probe: EndpointProbe, slowAfterMs: number): FindingDraft[] {
  if (isClosed(probe)) return [];
  const resource = { kind: 'Endpoint', name: probe.name };
  const timings = describeTimings(probe);
  const detail = `${probe.url}${timings === '' ? '' : `: ${timings}`}`;
  const next = [...lookAtHost(hostOf(probe.url)), curl(probe.url)];
  if (probe.failure) {
    return [{ severity: 'critical', resource, seen: probe.failure.detail, expected: probe.expected, detail, next }];
  }
  const waited = timeToFirstByte(probe);
  if (waited === undefined || waited <= slowAfterMs) return [];
  return [
    {
      severity: 'warning',
      resource,
      seen: `first byte after ${duration(waited)}`,
      expected: `within ${duration(slowAfterMs)}`,
      measured: { value: waited, unit: 'ms' },
      threshold: { value: slowAfterMs, unit: 'ms' },
      detail,
      next,
    },
  ];
}

function describe(probe: EndpointProbe): Fact[] {
  if (probe.status === undefined) return [];
  const waited = timeToFirstByte(probe);
  const text = `${probe.status}, ${describeTimings(probe)}${probe.unverified ? `, ${notVerified}` : ''}`;
  return [
    {
      label: 'endpoint',
      resource: { kind: 'Endpoint', name: probe.name },
      text,
      ...(waited === undefined ? {} : { measured: { value: waited, unit: 'ms' } }),
    },
  ];
}
