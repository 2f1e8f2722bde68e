import type { AnyCheck, CheckOutcome } from '../../../packages/core/src/checks/check.ts';
import { available, type Evidence, type Unavailable, type UnavailableReason } from '../../../packages/core/src/model/evidence.ts';
import type { EvidenceKey, EvidenceTypes } from '../../../packages/core/src/model/evidence-map.ts';
import type { EndpointProbe, RedisInfo } from '../../../packages/core/src/model/servers.ts';

export const now = Date.parse('2026-11-21T13:07:31Z');

/** Runs a check on literal evidence; what is not given was not configured. */
export function run(
  check: AnyCheck,
  evidence: { readonly [K in EvidenceKey]?: Evidence<EvidenceTypes[K]> },
  settings: object = {},
): CheckOutcome {
  const absent: Unavailable = { ok: false, reason: 'not-configured', source: 'x', detail: 'not configured' };
  const input = new Map<EvidenceKey, Evidence<unknown>>(check.uses.map((key) => [key, evidence[key] ?? absent]));
  return check.run(input, settings, { now, context: 'prod' });
}

export function missing(reason: UnavailableReason, source: string, detail = 'why'): Unavailable {
  return { ok: false, reason, source, detail };
}

export const redisInfo = (more: Partial<RedisInfo> = {}): RedisInfo => ({
  name: 'cache',
  address: 'cache.agents:6379',
  topology: 'single',
  latencyMs: 1,
  version: '7.0.15',
  role: 'master',
  connectedClients: 4,
  maxClients: 100,
  usedMemory: 50,
  maxMemory: 100,
  evictedKeys: 0,
  rejectedConnections: 0,
  ...more,
});

/** One Redis server as evidence. */
export function redisServers(more: Partial<RedisInfo> = {}, gaps: readonly Unavailable[] = []): Evidence<readonly Evidence<RedisInfo>[]> {
  const info = redisInfo(more);
  return available('redis', [available(`redis ${info.name} ${info.address}`, info, gaps)]);
}

export const probe = (more: Partial<EndpointProbe> = {}): EndpointProbe => ({
  name: 'gateway',
  url: 'https://gateway.example/healthz',
  timings: { dnsMs: 2, tcpMs: 1, tlsMs: 20, firstByteMs: 30, totalMs: 54 },
  status: 200,
  contentType: 'application/json',
  expected: 'a status below 400',
  ok: true,
  ...more,
});
