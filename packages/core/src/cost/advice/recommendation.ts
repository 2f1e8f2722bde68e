/** How sure a saving is. */
export type Confidence =
  /** Computed from records, nothing assumed but that the future is like them. */
  | 'measured'
  /** Rests on an assumption that the basis names. */
  | 'estimated'
  /** Rests on the neutral catalogue: try it before you count on it. */
  | 'unmeasured';

export type RecommendationKind =
  | 'substitution'
  | 'cache-unread'
  | 'cache-ttl'
  | 'cache-missing'
  | 'batch'
  | 'prompt-size'
  | 'runaway-session';

export interface Recommendation {
  /** Stable: the same advice has the same id next week. */
  readonly id: string;
  readonly kind: RecommendationKind;
  readonly title: string;
  /** Pico-dollars within the period of the records it rests on; null where it cannot be put into money. */
  readonly savingPico: bigint | null;
  readonly confidence: Confidence;
  /** On which records it rests, and what is assumed. */
  readonly basis: string;
  readonly evidence: readonly Evidence[];
  /** Steps, in order. */
  readonly how: readonly string[];
  /** The spend that it would change: two that touch the same spend must not be added up. */
  readonly touches: readonly Touch[];
  /** Recommendations of one group overlap; set by {@link groupOverlaps}. */
  readonly group: string;
}

export interface Evidence {
  readonly label: string;
  readonly value: number;
  readonly unit: string;
}

/** A part of the spend; what is left out means all of it. */
export interface Touch {
  readonly agent?: string;
  readonly task?: string;
  readonly model?: string;
  readonly session?: string;
}

export type RecommendationDraft = Omit<Recommendation, 'group'>;

/** Two parts share spend unless they differ in something that both name. */
export function overlaps(a: Touch, b: Touch): boolean {
  const names = ['agent', 'task', 'model', 'session'] as const;
  return names.every((name) => a[name] === undefined || b[name] === undefined || a[name] === b[name]);
}

/** Ranks (what nobody measured last, then by saving) and puts what overlaps, directly or through others, into one group. */
export function groupOverlaps(drafts: readonly RecommendationDraft[]): Recommendation[] {
  const ranked = drafts.toSorted(byWorth);
  const groupOf = ranked.map((_, index) => index);
  const root = (index: number): number => {
    let at = index;
    while (groupOf[at] !== undefined && groupOf[at] !== at) at = groupOf[at] ?? at;
    return at;
  };
  for (const [i, a] of ranked.entries()) {
    for (const [j, b] of ranked.entries()) {
      if (j >= i || !a.touches.some((one) => b.touches.some((other) => overlaps(one, other)))) continue;
      const [first, second] = [root(i), root(j)];
      groupOf[Math.max(first, second)] = Math.min(first, second);
    }
  }
  return ranked.map((draft, index) => ({ ...draft, group: ranked[root(index)]?.id ?? draft.id }));
}

function byWorth(a: RecommendationDraft, b: RecommendationDraft): number {
  const unmeasured = Number(a.confidence === 'unmeasured') - Number(b.confidence === 'unmeasured');
  return unmeasured || bySaving(a.savingPico, b.savingPico) || (a.id < b.id ? -1 : 1);
}

function bySaving(a: bigint | null, b: bigint | null): number {
  const [left, right] = [a ?? -1n, b ?? -1n];
  return left === right ? 0 : left > right ? -1 : 1;
}

/** What can be saved at once: the best of each group, without what nobody measured. Groups share no spend, so these do add up. */
export function combinedSaving(recommendations: readonly Recommendation[]): bigint {
  const best = new Map<string, bigint>();
  for (const { group, savingPico, confidence } of recommendations) {
    if (confidence !== 'unmeasured' && savingPico !== null && savingPico > (best.get(group) ?? 0n)) best.set(group, savingPico);
  }
  return [...best.values()].reduce((sum, saving) => sum + saving, 0n);
}

/** Ids are paths of names: what would break a path or a terminal is replaced. */
export function idOf(...parts: readonly string[]): string {
  return parts.map((part) => part.replaceAll(/[^\w.@:+-]+/g, '-') || 'unnamed').join('/');
}

/** `planner`, or what to say where the source does not. */
export function nameOf(agent: string): string {
  return agent || 'agent not said';
}
