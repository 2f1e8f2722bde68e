import { type Raw, raw, raws, stringMap, strings, text } from '../../evidence/kubernetes/raw.ts';

/** A workload's `spec.selector` as the query of a list. */
export function selectorText(selector: unknown): string {
  const labels = Object.entries(stringMap(raw(selector).matchLabels)).map(([key, value]) => `${key}=${value}`);
  return [...labels, ...raws(raw(selector).matchExpressions).flatMap(expressionText)].join(',');
}

function expressionText(expression: Raw): readonly string[] {
  const key = text(expression.key);
  const values = strings(expression.values).join(',');
  switch (expression.operator) {
    case 'In':
      return [`${key} in (${values})`];
    case 'NotIn':
      return [`${key} notin (${values})`];
    case 'Exists':
      return [key];
    case 'DoesNotExist':
      return [`!${key}`];
    default:
      // An operator of a later API: selecting more than meant is the safe side, the owners are looked at besides.
      return [];
  }
}
