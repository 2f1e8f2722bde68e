import { quote } from './text.ts';

export const metricName = '__name__';
export const bucketLabel = 'le';

type Pair = readonly [name: string, value: string];

/** Orders strings as Go does for ASCII, by code unit. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** An immutable label set, sorted by name. An empty value is the same as an absent label. */
export class Labels {
  static readonly empty: Labels = new Labels([]);

  readonly pairs: readonly Pair[];
  #key: string | undefined;
  #withoutName: Labels | undefined;

  private constructor(sortedPairs: readonly Pair[]) {
    this.pairs = sortedPairs;
  }

  static from(entries: Iterable<readonly [string, string]>): Labels {
    const pairs = [...entries].filter(([, value]) => value !== '').sort((a, b) => compareStrings(a[0], b[0]));
    return pairs.length === 0 ? Labels.empty : new Labels(pairs);
  }

  static of(record: Readonly<Record<string, string>>): Labels {
    return Labels.from(Object.entries(record));
  }

  /** Identifies the label set; equal sets have equal keys. */
  get key(): string {
    this.#key ??= JSON.stringify(this.pairs);
    return this.#key;
  }

  /** The value of a label; '' when it has none. */
  get(name: string): string {
    for (const [key, value] of this.pairs) if (key === name) return value;
    return '';
  }

  without(names: readonly string[]): Labels {
    return this.#filtered((name) => !names.includes(name));
  }

  keep(names: readonly string[]): Labels {
    return this.#filtered((name) => names.includes(name));
  }

  /** Sets a label; an empty value removes it. */
  with(name: string, value: string): Labels {
    return Labels.from([...this.pairs.filter(([key]) => key !== name), [name, value]]);
  }

  withoutName(): Labels {
    this.#withoutName ??= this.without([metricName]);
    return this.#withoutName;
  }

  toObject(): Record<string, string> {
    return Object.fromEntries(this.pairs);
  }

  /** As Prometheus writes a label set in its messages. */
  toString(): string {
    return `{${this.pairs.map(([name, value]) => `${name}=${quote(value)}`).join(', ')}}`;
  }

  #filtered(keep: (name: string) => boolean): Labels {
    const pairs = this.pairs.filter(([name]) => keep(name));
    if (pairs.length === this.pairs.length) return this;
    return pairs.length === 0 ? Labels.empty : new Labels(pairs);
  }
}

/** The order of Prometheus's labels.Compare: pair by pair, then the shorter first. */
export function compareLabels(a: Labels, b: Labels): number {
  for (let index = 0; ; index++) {
    const left = a.pairs[index];
    const right = b.pairs[index];
    if (!left || !right) return a.pairs.length - b.pairs.length;
    const order = compareStrings(left[0], right[0]) || compareStrings(left[1], right[1]);
    if (order !== 0) return order;
  }
}

/** Whether `name` is a valid label name (model.LabelNameRE). */
export function isLabelName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
}
