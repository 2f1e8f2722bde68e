/** Where a candidate stands. Null is not known: nothing is claimed for it, and it is beaten by nothing on that axis. */
export interface Position {
  /** 0 to 1, more is better. */
  readonly quality: number | null;
  /** Milliseconds, less is better. */
  readonly latencyMs: number | null;
  /** Pico-dollars, less is better. */
  readonly costPico: bigint | null;
}

/** The Pareto front: whoever is not beaten by another one that is as good in everything and better in something. Order is kept. */
export function paretoFront<T extends Position>(candidates: readonly T[]): T[] {
  return candidates.filter((candidate) => !candidates.some((other) => other !== candidate && dominates(other, candidate)));
}

/** Unknown axes are compared only where both are unknown: one cannot beat what one cannot be held against. */
function dominates(a: Position, b: Position): boolean {
  const axes = [
    compare(a.quality, b.quality, (x, y) => x > y),
    compare(a.latencyMs, b.latencyMs, (x, y) => x < y),
    compare(a.costPico, b.costPico, (x, y) => x < y),
  ];
  return axes.every((axis) => axis === 'better' || axis === 'same') && axes.includes('better');
}

function compare<V>(a: V | null, b: V | null, better: (x: V, y: V) => boolean): 'better' | 'same' | 'worse' | 'open' {
  if (a === null && b === null) return 'same';
  if (a === null || b === null) return 'open';
  if (better(a, b)) return 'better';
  return better(b, a) ? 'worse' : 'same';
}
