import type { AgentRecord, AgentRegistry } from '../../../packages/core/src/model/servers.ts';
import { testNow } from '../../support/host.ts';

/** A planner with room for ten tasks, two at work, that reported five seconds ago. */
export function agent(id: string, more: Partial<AgentRecord> = {}): AgentRecord {
  return { id, type: 'planner', status: 'active', capacity: 10, currentLoad: 2, lastHeartbeat: testNow - 5000, malformed: [], ...more };
}

export function registryOf(agents: readonly AgentRecord[], more: Partial<AgentRegistry> = {}): AgentRegistry {
  return { key: 'agents:registry', exists: true, agents, unreadable: [], ...more };
}

export const missing = registryOf([], { exists: false });

/** What every check of agents says where the hash is not there. */
export const missingGap = {
  ok: false,
  reason: 'absent',
  source: 'redis hash agents:registry',
  detail: 'there is no such hash',
  hint: 'set agents.registryKey to the hash that your agents register in',
} as const;
