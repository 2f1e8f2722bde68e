import type { AgentRecord } from '../../model/servers.ts';
import { type FleetSettings, lifeOf, loadOf } from './fleet.ts';

export interface Loaded {
  readonly agent: AgentRecord;
  /** Load over capacity. */
  readonly load: number;
  readonly capacity: number;
}

export interface Serving {
  readonly loaded: readonly Loaded[];
  /** In service, but without a usable capacity or load. */
  readonly unjudged: readonly AgentRecord[];
  readonly inactive: number;
}

/** The agents that take work: a dead one's last words about its load say nothing. */
export function serving(agents: readonly AgentRecord[], settings: FleetSettings, now: number): Serving {
  const loaded: Loaded[] = [];
  const unjudged: AgentRecord[] = [];
  let inactive = 0;
  for (const agent of agents) {
    const life = lifeOf(agent, settings, now);
    if (life === 'inactive') inactive += 1;
    if (life === 'inactive' || life === 'late') continue;
    const load = loadOf(agent);
    if (load === null) unjudged.push(agent);
    else loaded.push({ agent, load, capacity: agent.capacity ?? 0 });
  }
  return { loaded, unjudged, inactive };
}

/** What is in work over what could be, over all of them; agents of different size weigh by their size. */
export function meanLoad(loaded: readonly Loaded[]): number {
  return work(loaded) / capacityOf(loaded);
}

/** How many instances of the average size carry the same work at no more than `target`. */
export function instancesFor(loaded: readonly Loaded[], target: number): number {
  const size = capacityOf(loaded) / loaded.length;
  // 8 / (0.8 × 10) must be 1 and not, by rounding, a hair more.
  return Math.max(1, Math.ceil(work(loaded) / (target * size) - 1e-9));
}

function work(loaded: readonly Loaded[]): number {
  return loaded.reduce((sum, { agent }) => sum + (agent.currentLoad ?? 0), 0);
}

function capacityOf(loaded: readonly Loaded[]): number {
  return loaded.reduce((sum, entry) => sum + entry.capacity, 0);
}
