import type { BinaryOp, Expr, Matching, MatrixSelector, Subquery, VectorSelector } from './ast.ts';
import { ParseError } from './errors.ts';

/** One piece of an expression, in the order of the text. */
export type Item =
  | { readonly type: 'atom'; readonly expr: Expr }
  | { readonly type: 'prefix'; readonly op: '+' | '-'; readonly from: number }
  | { readonly type: 'infix'; readonly op: BinaryOp; readonly bool: boolean; readonly matching: Matching; readonly from: number }
  | { readonly type: 'at'; readonly at: number | 'start' | 'end'; readonly to: number }
  | { readonly type: 'offset'; readonly ms: number; readonly to: number }
  | { readonly type: 'range'; readonly ms: number; readonly from: number; readonly to: number }
  | { readonly type: 'subquery'; readonly ms: number; readonly stepMs: number | undefined; readonly to: number };

/** Increasing precedence, of promql/parser/generated_parser.y; `^` alone is right-associative. */
const precedence: Readonly<Record<BinaryOp, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '>': 3,
  '<': 3,
  '>=': 3,
  '<=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};

type Modified = VectorSelector | MatrixSelector | Subquery;

function modify(query: string, expr: Expr, what: string, change: (old: VectorSelector | Subquery) => Partial<VectorSelector>): Modified {
  if (expr.kind === 'matrix') return { ...expr, vector: { ...expr.vector, ...change(expr.vector) } };
  if (expr.kind === 'vector') return { ...expr, ...change(expr) };
  if (expr.kind === 'subquery') {
    const { offset = expr.offset, at = expr.at } = change(expr);
    return at === undefined ? { ...expr, offset } : { ...expr, offset, at };
  }
  const message = `${what} modifier must be preceded by an instant vector selector or range vector selector or a subquery`;
  throw new ParseError(query, expr.from, message);
}

function applyPostfix(query: string, expr: Expr, item: Item): Expr {
  switch (item.type) {
    case 'at':
      return {
        ...modify(query, expr, '@', (old) => {
          if (old.at !== undefined) throw new ParseError(query, expr.from, '@ <timestamp> may not be set multiple times');
          return { at: item.at };
        }),
        to: item.to,
      };
    case 'offset':
      return {
        ...modify(query, expr, 'offset', (old) => {
          if (old.offset !== 0) throw new ParseError(query, expr.from, 'offset may not be set multiple times');
          return { offset: item.ms };
        }),
        to: item.to,
      };
    case 'range': {
      if (expr.kind !== 'vector') throw new ParseError(query, item.from, 'ranges only allowed for vector selectors');
      if (expr.offset !== 0) throw new ParseError(query, item.from, 'no offset modifiers allowed before range');
      if (expr.at !== undefined) throw new ParseError(query, item.from, 'no @ modifiers allowed before range');
      return { kind: 'matrix', vector: expr, rangeMs: item.ms, from: expr.from, to: item.to };
    }
    case 'subquery':
      return { kind: 'subquery', expr, rangeMs: item.ms, stepMs: item.stepMs, offset: 0, from: expr.from, to: item.to };
    default:
      return expr;
  }
}

const postfixTypes: readonly string[] = ['at', 'offset', 'range', 'subquery'];

/** Nests a flat sequence by Prometheus's precedence: postfix, then `^`, then signs and `*`, and so on. */
export function assemble(query: string, items: readonly Item[]): Expr {
  let index = 0;

  function operand(): Expr {
    const item = items[index++];
    if (item?.type === 'prefix') {
      // A sign has the precedence of `*`: -a^2 is -(a^2), -a*b is (-a)*b.
      const expr = climb(precedence['*'] + 1);
      // A sign before a number makes another number, but not so before an expression that begins with one.
      if (expr.kind === 'number') return { ...expr, value: item.op === '-' ? expr.value * -1 : expr.value, from: item.from };
      return { kind: 'unary', op: item.op, expr, from: item.from, to: expr.to };
    }
    if (item?.type !== 'atom') throw new ParseError(query, query.length, 'unexpected end of input');
    let { expr } = item;
    for (let next = items[index]; next && postfixTypes.includes(next.type); next = items[index]) {
      expr = applyPostfix(query, expr, next);
      index++;
    }
    return expr;
  }

  function climb(minimum: number): Expr {
    let left = operand();
    for (let next = items[index]; next?.type === 'infix'; next = items[index]) {
      const { op, bool, matching, from } = next;
      const strength = precedence[op];
      if (strength < minimum) break;
      index++;
      const right = climb(op === '^' ? strength : strength + 1);
      left = { kind: 'binary', op, left, right, bool, matching, opFrom: from, from: left.from, to: right.to };
    }
    return left;
  }

  return climb(0);
}
