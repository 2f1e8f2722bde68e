import { plural } from '../../model/format.ts';
import type { PriceBook } from '../prices/price-book.ts';
import { type Cell, costIf } from './cells.ts';
import { idOf, nameOf, type RecommendationDraft } from './recommendation.ts';

const leastSaving = 10_000_000_000n;

export interface BatchSettings {
  /** Agents and tasks that nobody waits for, as the user says. */
  readonly nonInteractive: readonly string[];
}

/**
 * What batch processing would save on work that nobody waits for. Only what the
 * user names counts: records do not show whether somebody waited.
 */
export function batchAdvice(cells: readonly Cell[], book: PriceBook, { nonInteractive }: BatchSettings): RecommendationDraft[] {
  const named = new Set(nonInteractive);
  const eligible = cells.filter(
    ({ agent, task, sample }) => (named.has(agent) || named.has(task)) && /^(|standard|default|auto|on_demand)$/.test(sample.serviceTier),
  );
  const groups = Map.groupBy(eligible, ({ agent, task, model }) => JSON.stringify([agent, task, model]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    let saving = 0n;
    let requests = 0;
    for (const cell of group) {
      const [now, batch] = [costIf(book, cell), costIf(book, cell, { serviceTier: 'batch' })];
      if (now === undefined || batch === undefined) return [];
      saving += now - batch;
      requests += cell.requests;
    }
    if (saving < leastSaving) return [];
    const { agent, task, model } = first;
    return [
      {
        id: idOf('batch', agent, task, model),
        kind: 'batch' as const,
        title: `${task || nameOf(agent)}: nobody waits for it → batch processing of ${model}`,
        savingPico: saving,
        confidence: 'estimated' as const,
        basis: `${plural(requests, 'request')} of ${plural(group.length, 'kind')}, named as not interactive in the configuration, priced as batch; assumes the same cache hits`,
        evidence: [{ label: 'requests', value: requests, unit: 'requests' }],
        how: ['Send them through the batch API of the provider; answers come within 24 h.'],
        touches: [{ agent, task, model }],
      },
    ];
  });
}
