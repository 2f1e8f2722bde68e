import { z } from 'zod';
import type { Unavailable } from '../../model/evidence.ts';
import type { Resource } from '../../model/finding.ts';
import { listed, plural } from '../../model/format.ts';
import type { AgentRecord, AgentRegistry } from '../../model/servers.ts';
import { duration } from '../../model/setting.ts';
import { shellQuote } from '../kubectl.ts';

/** Settings that say which agents count as alive. */
export const fleetSettings = z.strictObject({
  maxAge: duration.prefault('1m').describe('age of the last heartbeat from which an agent counts as gone'),
  maxSkew: duration.prefault('30s').describe('how far in the future a heartbeat may be before the clocks count as apart'),
  inactiveStatuses: z
    .array(z.string())
    .default(['stopped', 'stopping', 'offline', 'draining', 'drained', 'terminated', 'disabled', 'paused', 'maintenance'])
    .describe('statuses of agents that are out of service on purpose'),
  unhealthyStatuses: z
    .array(z.string())
    .default(['unhealthy', 'error', 'failed', 'crashed', 'dead'])
    .describe('statuses of agents that say themselves that they cannot work'),
});
export type FleetSettings = z.infer<typeof fleetSettings>;

/**
 * `inactive`: out of service on purpose. `late`: no heartbeat for too long.
 * `unclear`: the heartbeat is missing, unreadable or in the future, so nobody
 * can say whether the agent lives.
 */
export type Life = 'inactive' | 'alive' | 'late' | 'unclear';

export function lifeOf(agent: AgentRecord, settings: FleetSettings, now: number): Life {
  if (settings.inactiveStatuses.includes(agent.status.toLowerCase())) return 'inactive';
  if (agent.lastHeartbeat === null) return 'unclear';
  const age = now - agent.lastHeartbeat;
  if (age < -settings.maxSkew) return 'unclear';
  return age > settings.maxAge ? 'late' : 'alive';
}

/** Alive, and not saying of itself that it cannot work. */
export function isHealthy(agent: AgentRecord, settings: FleetSettings, now: number): boolean {
  return lifeOf(agent, settings, now) === 'alive' && !settings.unhealthyStatuses.includes(agent.status.toLowerCase());
}

/** Load over capacity, 0…; null where it cannot be told: no number, no capacity, or less than nothing. */
export function loadOf({ capacity, currentLoad }: AgentRecord): number | null {
  if (capacity === null || currentLoad === null || !(capacity > 0) || !(currentLoad >= 0)) return null;
  return currentLoad / capacity;
}

/** Agents by type, types in alphabetical order; an agent without a type is of type `unknown`. */
export function byType(agents: readonly AgentRecord[]): [string, AgentRecord[]][] {
  const groups = Map.groupBy(agents, (agent) => agent.type || 'unknown');
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What of the registry itself could not be read: a gap of every check that asks about agents. */
export function registryGaps(registry: AgentRegistry): Unavailable[] {
  const source = sourceOf(registry);
  if (!registry.exists) {
    return [
      {
        ok: false,
        reason: 'absent',
        source,
        detail: 'there is no such hash',
        hint: 'set agents.registryKey to the hash that your agents register in',
      },
    ];
  }
  if (registry.unreadable.length === 0) return [];
  const entries = plural(registry.unreadable.length, 'entry', 'entries');
  return [{ ok: false, reason: 'invalid', source, detail: `${entries} that cannot be read as JSON: ${listed(registry.unreadable)}` }];
}

/** A gap about agents that lack what a check needs; empty where there are none. */
export function agentGap(registry: AgentRegistry, detail: string, agents: readonly AgentRecord[]): Unavailable[] {
  if (agents.length === 0) return [];
  return [{ ok: false, reason: 'invalid', source: sourceOf(registry), detail: `${detail}: ${listed(agents.map((agent) => agent.id))}` }];
}

function sourceOf(registry: AgentRegistry): string {
  return `redis hash ${registry.key}`;
}

/** The agent, with its type as the workload: ids change with every restart, types stay. */
export function agentResource(agent: AgentRecord): Resource {
  return { kind: 'Agent', name: agent.id, workload: { kind: 'AgentType', name: agent.type || 'unknown' } };
}

export function typeResource(type: string): Resource {
  return { kind: 'AgentType', name: type };
}

/** Looks at one entry of the registry. */
export function showEntry(registry: AgentRegistry, id: string): string {
  return ['redis-cli', 'HGET', registry.key, id].map(shellQuote).join(' ');
}

/** Lists the ids in the registry. */
export function showIds(registry: AgentRegistry): string {
  return ['redis-cli', 'HKEYS', registry.key].map(shellQuote).join(' ');
}

/** `2 agents are out of service on purpose`: said beside a result that leaves them out. */
export function inactiveNote(inactive: number): { note?: string } {
  return inactive === 0 ? {} : { note: `${plural(inactive, 'agent')} out of service on purpose` };
}
