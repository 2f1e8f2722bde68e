import { z } from 'zod';
import type { Fact } from '../../model/finding.ts';
import { percent, plural } from '../../model/format.ts';
import type { AgentRecord, AgentRegistry } from '../../model/servers.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { agentGap, byType, fleetSettings, inactiveNote, registryGaps, showIds, typeResource } from './fleet.ts';
import { instancesFor, type Loaded, meanLoad, serving } from './load.ts';

interface Settings {
  readonly scaleUp: number;
  readonly scaleDown: number;
  readonly target: number;
}

export const capacity = defineCheck({
  meta: {
    id: 'agents/capacity',
    category: 'agents',
    title: 'capacity of agent types',
    why: 'Above 80 % a type has no room for a burst and tasks begin to queue; below 20 % most of it is paid for idling.',
    remedy: [
      'Scale up: add as many instances as the finding says, or let an autoscaler do it.',
      'Scale down: drain instances first, so that no task is lost.',
      'If load never falls, look for tasks that are never finished and still counted.',
    ],
    source: 'current_load over capacity of the agents in service, by type',
  },
  needs: ['redis.registry'],
  uses: [],
  settings: z.strictObject({
    scaleUp: z.number().positive().default(0.8).describe('mean load of a type above which it should grow, ratio'),
    scaleDown: z.number().nonnegative().default(0.2).describe('mean load of a type below which it should shrink, ratio'),
    target: z.number().positive().default(0.8).describe('mean load that the advised number of instances stays within, ratio'),
    ...fleetSettings.pick({ maxAge: true, maxSkew: true, inactiveStatuses: true }).shape,
  }),
  evaluate(input, settings, context) {
    const registry = input['redis.registry'];
    const findings: FindingDraft[] = [];
    const facts: Fact[] = [];
    const unjudged: AgentRecord[] = [];
    let inactive = 0;
    let judged = 0;
    for (const [type, agents] of byType(registry.agents)) {
      const found = serving(agents, { ...settings, unhealthyStatuses: [] }, context.now);
      inactive += found.inactive;
      unjudged.push(...found.unjudged);
      if (found.loaded.length === 0) continue;
      judged += 1;
      facts.push(fact(type, found.loaded));
      findings.push(...findingsOf(type, found.loaded, registry, settings));
    }
    return {
      findings: findings.sort((a, b) => (b.measured?.value ?? 0) - (a.measured?.value ?? 0)),
      gaps: [...registryGaps(registry), ...agentGap(registry, 'capacity or current_load missing, zero or negative', unjudged)],
      facts,
      examined: { count: judged, noun: 'agent type' },
      ...inactiveNote(inactive),
    };
  },
});

function fact(type: string, loaded: readonly Loaded[]): Fact {
  const load = meanLoad(loaded);
  return {
    label: 'load',
    resource: typeResource(type),
    text: `${percent(load)} of ${plural(loaded.length, 'agent')}`,
    measured: { value: load, unit: 'ratio' },
  };
}

function findingsOf(type: string, loaded: readonly Loaded[], registry: AgentRegistry, settings: Settings): FindingDraft[] {
  const load = meanLoad(loaded);
  const needed = instancesFor(loaded, settings.target);
  const base = {
    resource: typeResource(type),
    measured: { value: load, unit: 'ratio' },
    next: [showIds(registry)],
  };
  const after = `${percent((load * loaded.length) / needed)} with ${needed} instead of ${loaded.length}`;
  if (load > settings.scaleUp) {
    const more = Math.max(1, needed - loaded.length);
    return [
      {
        ...base,
        severity: 'warning',
        seen: `mean load ${percent(load)}: scale up by ${more}`,
        expected: `over ${percent(settings.scaleUp)}`,
        threshold: { value: settings.scaleUp, unit: 'ratio' },
        ...(needed > loaded.length ? { detail: after } : {}),
        key: 'up',
      },
    ];
  }
  if (load < settings.scaleDown && loaded.length > 1 && needed < loaded.length) {
    return [
      {
        ...base,
        severity: 'info',
        seen: `mean load ${percent(load)}: scale down by ${loaded.length - needed}`,
        expected: `under ${percent(settings.scaleDown)}`,
        threshold: { value: settings.scaleDown, unit: 'ratio' },
        detail: after,
        key: 'down',
      },
    ];
  }
  return [];
}
