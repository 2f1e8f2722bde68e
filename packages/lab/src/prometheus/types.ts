import { type Binary, type Call, documentedType, type Expr, isComparison, isSetOperator, type ValueType } from './ast.ts';
import { ParseError } from './errors.ts';
import { metricName } from './labels.ts';
import { functionSignatures } from './signatures.ts';
import { quote } from './text.ts';

/** The type of an expression's value. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'vector':
    case 'aggregate':
      return 'vector';
    case 'matrix':
    case 'subquery':
      return 'matrix';
    case 'paren':
    case 'unary':
      return typeOf(expr.expr);
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector';
    case 'call':
      return functionSignatures.get(expr.name)?.returns ?? 'vector';
  }
}

function expectType(query: string, expr: Expr, want: ValueType, context: string): void {
  checkTypes(query, expr);
  const got = typeOf(expr);
  if (got !== want) {
    throw new ParseError(query, expr.from, `expected type ${documentedType(want)} in ${context}, got ${documentedType(got)}`);
  }
}

function checkBinary(query: string, expr: Binary): void {
  const { left, right, op, matching } = expr;
  checkTypes(query, left);
  checkTypes(query, right);
  const types = [typeOf(left), typeOf(right)];
  const fail = (from: number, message: string): never => {
    throw new ParseError(query, from, message);
  };
  if (expr.bool && !isComparison(op)) fail(expr.opFrom, 'bool modifier can only be used on comparison operators');
  if (isComparison(op) && !expr.bool && types.every((type) => type === 'scalar')) {
    fail(expr.opFrom, 'comparisons between scalars must use BOOL modifier');
  }
  for (const label of matching.on ? matching.labels : []) {
    if (matching.include.includes(label)) fail(expr.opFrom, `label ${quote(label)} must not occur in ON and GROUP clause at once`);
  }
  for (const side of [left, right]) {
    if (!['scalar', 'vector'].includes(typeOf(side))) {
      fail(side.from, 'binary expression must contain only scalar and instant vector types');
    }
  }
  if (types.includes('scalar')) {
    if (matching.labels.length > 0) fail(expr.from, 'vector matching only allowed between instant vectors');
    if (isSetOperator(op)) fail(expr.from, `set operator ${quote(op)} not allowed in binary scalar expression`);
  } else if (isSetOperator(op) && matching.card !== 'one-to-one') {
    fail(expr.from, `no grouping allowed for ${quote(op)} operation`);
  }
}

function checkCall(query: string, expr: Call): void {
  const signature = functionSignatures.get(expr.name);
  if (!signature) throw new ParseError(query, expr.from, `unknown function with name ${quote(expr.name)}`);
  const { args, variadic } = signature;
  const given = expr.args.length;
  const least = variadic === 0 ? args.length : args.length - 1;
  const words = `argument(s) in call to ${quote(expr.name)}, got ${given}`;
  if (variadic === 0 && given !== least) throw new ParseError(query, expr.from, `expected ${least} ${words}`);
  if (given < least) throw new ParseError(query, expr.from, `expected at least ${least} ${words}`);
  if (variadic > 0 && given > least + variadic) throw new ParseError(query, expr.from, `expected at most ${least + variadic} ${words}`);
  for (const [index, arg] of expr.args.entries()) {
    const want = args[Math.min(index, args.length - 1)];
    if (want) expectType(query, arg, want, `call to function ${quote(expr.name)}`);
  }
}

/** The rules of promql/parser checkAST, with its messages. */
export function checkTypes(query: string, expr: Expr): void {
  switch (expr.kind) {
    case 'aggregate':
      expectType(query, expr.expr, 'vector', 'aggregation expression');
      if (expr.param) expectType(query, expr.param, expr.op === 'count_values' ? 'string' : 'scalar', 'aggregation parameter');
      return;
    case 'binary':
      checkBinary(query, expr);
      return;
    case 'call':
      checkCall(query, expr);
      return;
    case 'paren':
      checkTypes(query, expr.expr);
      return;
    case 'unary': {
      checkTypes(query, expr.expr);
      const type = typeOf(expr.expr);
      if (type === 'scalar' || type === 'vector') return;
      const message = `unary expression only allowed on expressions of type scalar or instant vector, got ${quote(documentedType(type))}`;
      throw new ParseError(query, expr.from, message);
    }
    case 'subquery': {
      checkTypes(query, expr.expr);
      const type = typeOf(expr.expr);
      if (type !== 'vector') throw new ParseError(query, expr.from, `subquery is only allowed on instant vector, got ${type} instead`);
      return;
    }
    case 'matrix':
      checkTypes(query, expr.vector);
      return;
    case 'vector': {
      const named = expr.name === '' ? undefined : expr.matchers.slice(0, -1).find((matcher) => matcher.name === metricName);
      if (named) {
        throw new ParseError(query, expr.from, `metric name must not be set twice: ${quote(expr.name)} or ${quote(named.value)}`);
      }
      if (expr.matchers.some((matcher) => !matcher.matches(''))) return;
      throw new ParseError(query, expr.from, 'vector selector must contain at least one non-empty matcher');
    }
    default:
  }
}
