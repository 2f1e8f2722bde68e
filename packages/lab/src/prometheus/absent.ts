import type { Expr } from './ast.ts';
import { Labels, metricName } from './labels.ts';

/** Labels that absent() can know: those matched by exactly one `=` (createLabelsForAbsentFunction). */
export function absentLabels(expr: Expr): Labels {
  const matchers = expr.kind === 'vector' ? expr.matchers : expr.kind === 'matrix' ? expr.vector.matchers : [];
  const labels = new Map<string, string>();
  const seen = new Set<string>();
  for (const { name, op, value } of matchers) {
    if (name === metricName) continue;
    if (op === '=' && !seen.has(name)) {
      labels.set(name, value);
      seen.add(name);
    } else {
      labels.delete(name);
    }
  }
  return Labels.from(labels);
}
