/** Types of expressions; the words Prometheus uses in messages are in `documentedType`. */
export type ValueType = 'vector' | 'scalar' | 'matrix' | 'string';

export function documentedType(type: ValueType): string {
  if (type === 'vector') return 'instant vector';
  if (type === 'matrix') return 'range vector';
  return type;
}

interface Ranged {
  /** Offsets into the query. */
  readonly from: number;
  readonly to: number;
}

export type MatchOp = '=' | '!=' | '=~' | '!~';

export interface Matcher {
  readonly name: string;
  readonly op: MatchOp;
  readonly value: string;
  readonly matches: (value: string) => boolean;
}

/** Where a selector looks: `offset` in milliseconds, `at` in milliseconds since the epoch or an end of the query's range. */
export interface Modifiers {
  readonly offset: number;
  readonly at?: number | 'start' | 'end';
}

export interface NumberLiteral extends Ranged {
  readonly kind: 'number';
  readonly value: number;
}
export interface StringLiteral extends Ranged {
  readonly kind: 'string';
  readonly value: string;
}
export interface VectorSelector extends Ranged, Modifiers {
  readonly kind: 'vector';
  readonly name: string;
  readonly matchers: readonly Matcher[];
}
export interface MatrixSelector extends Ranged {
  readonly kind: 'matrix';
  readonly vector: VectorSelector;
  readonly rangeMs: number;
}
export interface Subquery extends Ranged, Modifiers {
  readonly kind: 'subquery';
  readonly expr: Expr;
  readonly rangeMs: number;
  /** Undefined: the evaluation interval of the server (1m). */
  readonly stepMs: number | undefined;
}
export interface Paren extends Ranged {
  readonly kind: 'paren';
  readonly expr: Expr;
}
export interface Unary extends Ranged {
  readonly kind: 'unary';
  readonly op: '+' | '-';
  readonly expr: Expr;
}

export type BinaryOp = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2' | '==' | '!=' | '>' | '<' | '>=' | '<=' | 'and' | 'or' | 'unless';

export interface Matching {
  readonly card: 'one-to-one' | 'many-to-one' | 'one-to-many';
  readonly on: boolean;
  readonly labels: readonly string[];
  readonly include: readonly string[];
}
export interface Binary extends Ranged {
  readonly kind: 'binary';
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
  readonly bool: boolean;
  readonly matching: Matching;
  /** Where the operator stands. */
  readonly opFrom: number;
}

export type AggregateOp =
  | 'sum'
  | 'avg'
  | 'min'
  | 'max'
  | 'count'
  | 'group'
  | 'stddev'
  | 'stdvar'
  | 'topk'
  | 'bottomk'
  | 'quantile'
  | 'count_values';

export interface Aggregate extends Ranged {
  readonly kind: 'aggregate';
  readonly op: AggregateOp;
  readonly expr: Expr;
  readonly param: Expr | undefined;
  readonly grouping: readonly string[];
  readonly without: boolean;
}
export interface Call extends Ranged {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expr[];
}

export type Expr = NumberLiteral | StringLiteral | VectorSelector | MatrixSelector | Subquery | Paren | Unary | Binary | Aggregate | Call;

const comparisons: readonly string[] = ['==', '!=', '>', '<', '>=', '<='];
const setOperators: readonly string[] = ['and', 'or', 'unless'];

export function isComparison(op: BinaryOp): boolean {
  return comparisons.includes(op);
}

export function isSetOperator(op: BinaryOp): boolean {
  return setOperators.includes(op);
}

/** Removes parentheses around an expression. */
export function unwrap(expr: Expr): Expr {
  return expr.kind === 'paren' ? unwrap(expr.expr) : expr;
}
