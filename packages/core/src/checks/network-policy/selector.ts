import type { LabelSelector } from '../../model/kubernetes.ts';

export type Labels = Readonly<Record<string, string>>;

/** Three-valued truth: `maybe` where what would decide was not seen. */
export type Truth = 'yes' | 'no' | 'maybe';

/**
 * True when the selector selects an object with these labels. An empty
 * selector selects everything; all requirements must hold; `NotIn` and
 * `DoesNotExist` hold where the key is absent, `In` does not. An operator that
 * Kubernetes does not know selects nothing.
 * Source: k8s.io/apimachinery/pkg/labels, Requirement.Matches.
 */
export function selectorMatches(selector: LabelSelector, labels: Labels): boolean {
  return selectorTruth(selector, labels, true) === 'yes';
}

/** As {@link selectorMatches} where only some labels are known: `maybe` when it depends on one that is not. */
export function selectorTruth(selector: LabelSelector, labels: Labels, complete: boolean): Truth {
  let result: Truth = 'yes';
  for (const key in selector.matchLabels) {
    const value = own(labels, key);
    if (value === undefined && !complete) result = 'maybe';
    else if (value !== selector.matchLabels[key]) return 'no';
  }
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const value = own(labels, key);
    if (value === undefined && !complete) result = 'maybe';
    else if (!expressionHolds(operator, value, values)) return 'no';
  }
  return result;
}

/** True for the empty selector, which selects every object, present and future. */
export function selectsEverything(selector: LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
}

function expressionHolds(operator: string, value: string | undefined, values: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/** `constructor` and the like are label keys as good as any. */
function own(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

export function truth(value: boolean): Truth {
  return value ? 'yes' : 'no';
}

/** One `yes` makes it yes, else one `maybe` makes it maybe. */
export function anyTruth(values: Iterable<Truth>): Truth {
  let result: Truth = 'no';
  for (const value of values) {
    if (value === 'yes') return 'yes';
    if (value === 'maybe') result = 'maybe';
  }
  return result;
}

/** One `no` makes it no, else one `maybe` makes it maybe. */
export function allTruth(values: Iterable<Truth>): Truth {
  let result: Truth = 'yes';
  for (const value of values) {
    if (value === 'no') return 'no';
    if (value === 'maybe') result = 'maybe';
  }
  return result;
}
