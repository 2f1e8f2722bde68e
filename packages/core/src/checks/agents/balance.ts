import { z } from 'zod';
import { percent } from '../../model/format.ts';
import type { AgentRecord } from '../../model/servers.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { agentGap, byType, fleetSettings, inactiveNote, registryGaps, showEntry, typeResource } from './fleet.ts';
import { type Loaded, serving } from './load.ts';

export const balance = defineCheck({
  meta: {
    id: 'agents/balance',
    category: 'agents',
    title: 'balance of load',
    why: 'Some agents of a type are full while others idle: tasks wait though there is room.',
    remedy: [
      'See how tasks are handed out: sticky sessions, a fixed order or a stale registry keep work on the same agents.',
      'Route to the least loaded agent, or let agents fetch tasks from a queue.',
    ],
    source: 'spread and standard deviation of current_load over capacity within a type',
  },
  needs: ['redis.registry'],
  uses: [],
  settings: z.strictObject({
    spread: z.number().positive().default(0.5).describe('highest minus lowest load of a type above which it is unbalanced, ratio'),
    deviation: z
      .number()
      .nonnegative()
      .default(0.2)
      .describe('standard deviation of the loads that must be reached as well, so that one newcomer among many does not count, ratio'),
    ...fleetSettings.pick({ maxAge: true, maxSkew: true, inactiveStatuses: true }).shape,
  }),
  evaluate(input, settings, context) {
    const registry = input['redis.registry'];
    const findings: FindingDraft[] = [];
    const unjudged: AgentRecord[] = [];
    let inactive = 0;
    let judged = 0;
    for (const [type, agents] of byType(registry.agents)) {
      const found = serving(agents, { ...settings, unhealthyStatuses: [] }, context.now);
      inactive += found.inactive;
      // A type of one has nothing to be balanced with.
      if (found.loaded.length + found.unjudged.length > 1) unjudged.push(...found.unjudged);
      if (found.loaded.length < 2) continue;
      judged += 1;
      const sorted = found.loaded.toSorted((a, b) => b.load - a.load) as [Loaded, ...Loaded[]];
      const [highest, lowest] = [sorted[0], sorted.at(-1) ?? sorted[0]];
      const spread = highest.load - lowest.load;
      if (spread <= settings.spread + rounding || deviationOf(sorted) < settings.deviation - rounding) continue;
      findings.push({
        severity: 'warning',
        resource: typeResource(type),
        seen: `loads from ${percent(lowest.load)} to ${percent(highest.load)}`,
        expected: `over ${percent(settings.spread)} apart`,
        measured: { value: spread, unit: 'ratio' },
        threshold: { value: settings.spread, unit: 'ratio' },
        detail: `highest ${highest.agent.id}, lowest ${lowest.agent.id}; standard deviation ${percent(deviationOf(sorted))}`,
        next: [showEntry(registry, highest.agent.id), showEntry(registry, lowest.agent.id)],
      });
    }
    return {
      findings: findings.sort((a, b) => (b.measured?.value ?? 0) - (a.measured?.value ?? 0)),
      gaps: [...registryGaps(registry), ...agentGap(registry, 'capacity or current_load missing, zero or negative', unjudged)],
      examined: { count: judged, noun: 'agent type' },
      ...(judged === 0 && inactive === 0 ? { note: 'no type with two agents in service' } : inactiveNote(inactive)),
    };
  },
});

/** So that 0.7 and 0.3 deviate by 0.2, as they do on paper. */
const rounding = 1e-9;

/** Of the whole population: these are all agents of the type, not a sample. */
function deviationOf(loaded: readonly Loaded[]): number {
  const mean = loaded.reduce((sum, { load }) => sum + load, 0) / loaded.length;
  return Math.sqrt(loaded.reduce((sum, { load }) => sum + (load - mean) ** 2, 0) / loaded.length);
}
