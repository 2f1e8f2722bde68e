import { z } from 'zod';
import type { Unavailable } from '../../model/evidence.ts';
import { duration, listed, plural } from '../../model/format.ts';
import type { AgentRecord, AgentRegistry } from '../../model/servers.ts';
import { type CheckContext, defineCheck, type FindingDraft } from '../check.ts';
import { agentGap, agentResource, byType, fleetSettings, inactiveNote, lifeOf, registryGaps, showEntry } from './fleet.ts';

export const heartbeat = defineCheck({
  meta: {
    id: 'agents/heartbeat',
    category: 'agents',
    title: 'heartbeats',
    why: 'An agent that stopped reporting is dead or hung; tasks routed to it wait for nothing.',
    remedy: [
      'See whether its process runs: its pod, its log, its connection to Redis.',
      'If it is gone for good, remove its entry from the registry, so that no task is routed to it.',
      'An agent that ends on purpose should set its status to stopped or draining first.',
    ],
    source: 'last_heartbeat in the registry, against this machine’s clock',
  },
  needs: ['redis.registry'],
  uses: [],
  settings: z.strictObject(fleetSettings.pick({ maxAge: true, maxSkew: true, inactiveStatuses: true }).shape),
  evaluate(input, settings, context) {
    const registry = input['redis.registry'];
    const fleet = { ...settings, unhealthyStatuses: [] };
    const lives = Map.groupBy(registry.agents, (agent) => lifeOf(agent, fleet, context.now));
    const findings = byType(lives.get('late') ?? []).map(([type, late]) => {
      const members = registry.agents.filter((agent) => (agent.type || 'unknown') === type).length;
      return findingOf(registry, late, members, settings.maxAge, context);
    });
    return {
      findings,
      gaps: [...registryGaps(registry), ...unclear(registry, lives.get('unclear') ?? [])],
      examined: { count: registry.agents.length, noun: 'agent' },
      ...inactiveNote(lives.get('inactive')?.length ?? 0),
    };
  },
});

function unclear(registry: AgentRegistry, agents: readonly AgentRecord[]): Unavailable[] {
  const [missing, future] = [
    agents.filter((agent) => agent.lastHeartbeat === null),
    agents.filter((agent) => agent.lastHeartbeat !== null),
  ];
  return [
    ...agentGap(registry, 'last_heartbeat missing or unreadable', missing),
    ...agentGap(registry, 'last_heartbeat lies in the future, so the clocks are apart', future),
  ];
}

/** One finding a type: the agent that has been silent the longest speaks. */
function findingOf(
  registry: AgentRegistry,
  agents: readonly AgentRecord[],
  members: number,
  maxAge: number,
  context: CheckContext,
): FindingDraft {
  const sorted = agents.toSorted((a, b) => (a.lastHeartbeat ?? 0) - (b.lastHeartbeat ?? 0));
  const [worst] = sorted as [AgentRecord];
  const last = worst.lastHeartbeat ?? 0;
  const silent = context.now - last;
  return {
    severity: 'critical',
    resource: agentResource(worst),
    seen: `no heartbeat for ${duration(silent)}`,
    expected: `over ${duration(maxAge)}`,
    measured: { value: silent / 1000, unit: 's' },
    threshold: { value: maxAge / 1000, unit: 's' },
    detail: `${agents.length} of ${plural(members, 'agent')}: ${listed(sorted.map((agent) => agent.id))}`,
    since: last,
    ...(agents.length > 1 ? { alsoOn: agents.length - 1 } : {}),
    next: [showEntry(registry, worst.id)],
  };
}
