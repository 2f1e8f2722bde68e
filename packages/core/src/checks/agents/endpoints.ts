import { z } from 'zod';
import type { Unavailable } from '../../model/evidence.ts';
import type { Fact } from '../../model/finding.ts';
import { listed, percent, seconds } from '../../model/format.ts';
import type { AgentRecord } from '../../model/servers.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import {
  agentGap,
  agentResource,
  byType,
  type FleetSettings,
  fleetSettings,
  inactiveNote,
  isHealthy,
  lifeOf,
  loadOf,
  registryGaps,
  showEntry,
  typeResource,
} from './fleet.ts';

type Health = 'healthy' | 'unclear' | 'unhealthy' | 'late' | 'inactive';
const order: readonly Health[] = ['healthy', 'unclear', 'unhealthy', 'late', 'inactive'];
const words: Readonly<Record<Health, string>> = {
  healthy: 'healthy',
  unclear: 'health not known',
  unhealthy: 'unhealthy',
  late: 'no heartbeat',
  inactive: 'out of service',
};

export const endpoints = defineCheck({
  meta: {
    id: 'agents/endpoints',
    category: 'agents',
    title: 'agent endpoints',
    why: 'A type without a healthy endpoint takes no task at all.',
    remedy: [
      'Start an agent of that type, or find out why the registered ones are silent or unhealthy: agents/heartbeat names them.',
      'The ranking (health, then load, then latency) is the order in which a router should try them.',
    ],
    source: 'status, last_heartbeat, current_load, capacity and latency in the registry',
  },
  needs: ['redis.registry'],
  uses: [],
  settings: z.strictObject({
    top: z.int().positive().default(5).describe('how many endpoints of a type are listed, count'),
    ...fleetSettings.shape,
  }),
  evaluate(input, settings, context) {
    const registry = input['redis.registry'];
    const findings: FindingDraft[] = [];
    const facts: Fact[] = [];
    const gaps: Unavailable[] = registryGaps(registry);
    let inactive = 0;
    for (const [type, agents] of byType(registry.agents)) {
      const ranked = agents.map((agent) => ({ agent, health: healthOf(agent, settings, context.now) })).sort(compare);
      facts.push(...ranked.slice(0, settings.top).map(({ agent, health }, index) => fact(type, index, agent, health)));
      const wanted = ranked.filter(({ health }) => health !== 'inactive');
      inactive += ranked.length - wanted.length;
      const [best] = wanted;
      // All of them out of service on purpose is a choice.
      if (best === undefined || best.health === 'healthy') continue;
      const unclear = wanted.filter(({ health }) => health === 'unclear');
      if (unclear.length > 0) {
        gaps.push(
          ...agentGap(
            registry,
            `no endpoint of type ${type} is known to be healthy`,
            unclear.map(({ agent }) => agent),
          ),
        );
        continue;
      }
      findings.push({
        severity: 'critical',
        resource: typeResource(type),
        seen: `0 of ${wanted.length} endpoints healthy`,
        expected: 'at least one healthy endpoint',
        measured: { value: 0, unit: 'count' },
        threshold: { value: 1, unit: 'count' },
        detail: listed(wanted.map(({ agent, health }) => `${agent.id}: ${words[health]}`)),
        next: [showEntry(registry, best.agent.id)],
      });
    }
    return { findings, gaps, facts, examined: { count: registry.agents.length, noun: 'endpoint' }, ...inactiveNote(inactive) };
  },
});

function healthOf(agent: AgentRecord, settings: FleetSettings, now: number): Health {
  const life = lifeOf(agent, settings, now);
  if (life !== 'alive') return life;
  return isHealthy(agent, settings, now) ? 'healthy' : 'unhealthy';
}

interface Ranked {
  readonly agent: AgentRecord;
  readonly health: Health;
}

/** Health, then load, then latency; what is not known comes after what is. */
function compare(a: Ranked, b: Ranked): number {
  return (
    order.indexOf(a.health) - order.indexOf(b.health) ||
    known(loadOf(a.agent)) - known(loadOf(b.agent)) ||
    known(a.agent.latencyMs) - known(b.agent.latencyMs) ||
    (a.agent.id < b.agent.id ? -1 : 1)
  );
}

function known(value: number | null | undefined): number {
  return value ?? Number.MAX_VALUE;
}

function fact(type: string, index: number, agent: AgentRecord, health: Health): Fact {
  const load = loadOf(agent);
  const parts = [
    withoutCredentials(agent.endpoint ?? agent.id),
    words[health],
    load === null ? 'load not known' : `load ${percent(load)}`,
    agent.latencyMs === undefined ? 'latency not known' : seconds(agent.latencyMs / 1000),
  ];
  return {
    label: `${type} endpoint ${index + 1}`,
    resource: agentResource(agent),
    text: parts.join(' · '),
    ...(load === null ? {} : { measured: { value: load, unit: 'ratio' } }),
  };
}

/** Agents write what they like into their entry: user info and query strings may be secret. */
function withoutCredentials(endpoint: string): string {
  return endpoint.replace(/[?#].*$/s, '').replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/]*@/i, '$1');
}
