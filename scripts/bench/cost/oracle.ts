/** What the logs of a bench hold, known because they were written that way. */
export interface ModelTotals {
  messages: number;
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
}

export type Totals = Map<string, ModelTotals>;

export function totalsOf(totals: Totals, model: string): ModelTotals {
  let found = totals.get(model);
  if (!found) {
    found = { messages: 0, input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
    totals.set(model, found);
  }
  return found;
}

/** The first difference in words; undefined where all totals of all models are the same. `keys` are those that both sides know. */
export function difference<K extends string>(
  expected: ReadonlyMap<string, Readonly<Record<K, number>>>,
  actual: ReadonlyMap<string, Readonly<Record<K, number>>>,
  keys: readonly K[],
): string | undefined {
  for (const model of new Set([...expected.keys(), ...actual.keys()])) {
    for (const key of keys) {
      const [wanted, got] = [expected.get(model)?.[key] ?? 0, actual.get(model)?.[key] ?? 0];
      if (wanted !== got) return `${model}: ${key} is ${got}, written were ${wanted}`;
    }
  }
  return undefined;
}
