import type { Expr } from './ast.ts';

/** Functions that depend on the step even where their arguments do not (promql AtModifierUnsafeFunctions). */
const dependOnStep: ReadonlySet<string> = new Set(
  'days_in_month day_of_month day_of_week day_of_year hour minute month year predict_linear time timestamp'.split(' '),
);

/**
 * Whether Prometheus evaluates an expression once for all steps: everything in it is fixed by `@` or literal
 * (promql preprocessExprHelper). As there, the parameter of an aggregation is not looked at.
 */
export function isStepInvariant(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return true;
    case 'vector':
    case 'subquery':
      return expr.at !== undefined;
    case 'matrix':
      return expr.vector.at !== undefined;
    case 'paren':
    case 'unary':
    case 'aggregate':
      return isStepInvariant(expr.expr);
    case 'binary':
      return isStepInvariant(expr.left) && isStepInvariant(expr.right);
    case 'call':
      return !dependOnStep.has(expr.name) && expr.args.every(isStepInvariant);
  }
}

/** Whether `@` occurs anywhere in an expression. */
export function usesAt(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return false;
    case 'vector':
      return expr.at !== undefined;
    case 'matrix':
      return expr.vector.at !== undefined;
    case 'subquery':
      return expr.at !== undefined || usesAt(expr.expr);
    case 'paren':
    case 'unary':
      return usesAt(expr.expr);
    case 'aggregate':
      return usesAt(expr.expr) || (expr.param !== undefined && usesAt(expr.param));
    case 'binary':
      return usesAt(expr.left) || usesAt(expr.right);
    case 'call':
      return expr.args.some(usesAt);
  }
}
