import { z } from 'zod';
import type { Fact } from '../../model/finding.ts';
import { listed, plural } from '../../model/format.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { byType, registryGaps, showEntry, showIds, typeResource } from './fleet.ts';

export const registry = defineCheck({
  meta: {
    id: 'agents/registry',
    category: 'agents',
    title: 'agent registry',
    why: 'Who is not properly registered gets no work, and nobody sees it fail.',
    remedy: [
      'The registry is a hash: agent id → JSON with type, status, capacity, current_load, last_heartbeat.',
      'No such hash: set agents.registryKey to the right key, and agents.redis to the right server.',
      'Entries that cannot be read: look at one with HGET and at the version of the agent that wrote it.',
    ],
    source: 'HGETALL of the registry hash in Redis',
  },
  needs: ['redis.registry'],
  uses: [],
  settings: z.strictObject({}),
  evaluate(input) {
    const found = input['redis.registry'];
    const findings: FindingDraft[] = [];
    const resource = { kind: 'RedisHash', name: found.key };
    const [unreadable] = found.unreadable;
    if (unreadable !== undefined) {
      findings.push({
        severity: 'warning',
        resource,
        seen: `${plural(found.unreadable.length, 'entry')} not readable`,
        expected: 'a JSON object each',
        measured: { value: found.unreadable.length, unit: 'count' },
        detail: listed(found.unreadable),
        key: 'unreadable',
        next: [showEntry(found, unreadable)],
      });
    }
    const malformed = found.agents.filter((agent) => agent.malformed.length > 0);
    const [first] = malformed;
    if (first) {
      findings.push({
        severity: 'warning',
        resource,
        seen: `${plural(malformed.length, 'entry')} with missing or malformed fields`,
        expected: 'type, status, capacity, current_load, last_heartbeat',
        measured: { value: malformed.length, unit: 'count' },
        detail: listed(malformed.map((agent) => `${agent.id}: ${agent.malformed.join(' and ')}`)),
        key: 'malformed',
        next: [showEntry(found, first.id), showIds(found)],
      });
    }
    const facts = byType(found.agents).map(
      ([type, agents]): Fact => ({
        label: 'registered agents',
        resource: typeResource(type),
        text: plural(agents.length, 'agent'),
        measured: { value: agents.length, unit: 'count' },
      }),
    );
    // Unreadable entries are a finding here and a gap to the checks that need what is in them.
    const gaps = found.exists ? [] : registryGaps(found);
    return { findings, gaps, facts, examined: { count: found.agents.length + found.unreadable.length, noun: 'entry' } };
  },
});
