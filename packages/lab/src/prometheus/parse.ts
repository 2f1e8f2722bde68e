import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { assemble, type Item } from './assemble.ts';
import type { AggregateOp, BinaryOp, Expr, Matcher, Matching, MatchOp, VectorSelector } from './ast.ts';
import { ApiError, notImplemented, ParseError } from './errors.ts';
import { isLabelName } from './labels.ts';
import { newMatcher } from './matcher.ts';
import { functionSignatures } from './signatures.ts';
import { parseGoDuration, parseGoFloat, quote, unquote } from './text.ts';
import { checkTypes } from './types.ts';

interface Source {
  readonly query: string;
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
  return found;
}

function textOf(source: Source, node: SyntaxNode): string {
  return source.query.slice(node.from, node.to);
}

function firstError(node: SyntaxNode): SyntaxNode | undefined {
  if (node.type.isError) return node;
  for (const child of children(node)) {
    const error = firstError(child);
    if (error) return error;
  }
  return undefined;
}

/** A syntax error in words near to Prometheus's own; the position is that of the first token that does not fit. */
function syntaxError(source: Source, error: SyntaxNode): Error {
  const { query } = source;
  let position = error.from;
  while (/\s/.test(query[position] ?? '')) position++;
  const rest = query.slice(position);
  const before = /([a-zA-Z_:][\w:]*)\s*$/.exec(query.slice(0, position));
  if (rest.startsWith('(') && before?.[1]) {
    const name = before[1];
    if (functionSignatures.has(name)) return notImplemented(`the function ${name}()`);
    return new ParseError(query, before.index, `unknown function with name ${quote(name)}`);
  }
  if (rest === '') {
    const open = /\([^()]*$/.test(query.replace(/"(\\.|[^"\\])*"|'(\\.|[^'\\])*'|`[^`]*`/g, (s) => '_'.repeat(s.length)));
    return new ParseError(query, query.length, open ? 'unclosed left parenthesis' : 'unexpected end of input');
  }
  const token = /^([a-zA-Z_:][\w:]*|[\d.]+\w*|=~|!~|[=!<>]=|.)/s.exec(rest)?.[0] ?? rest;
  const what = /^[a-zA-Z_:]/.test(token) ? 'identifier ' : /^\d/.test(token) ? 'number ' : '';
  return new ParseError(query, position, `unexpected ${what}${quote(token)}`);
}

/** Duration literals as 2.42 takes them: `5m`; neither a bare number nor an arithmetic expression, which are of later versions. */
function duration(source: Source, node: SyntaxNode): number {
  const text = textOf(source, node);
  const ms = /^\d+$/.test(text) ? undefined : parseGoDuration(text);
  if (ms === undefined) throw new ParseError(source.query, node.from, `unexpected ${quote(text)}, expected duration`);
  if (ms === 0) throw new ParseError(source.query, node.from, 'duration must be greater than 0');
  return ms;
}

/** strconv.ParseInt(text, 0, 64), then ParseFloat: a leading zero means octal where it can. */
function number(source: Source, from: number, text: string): number {
  if (/^0x[0-9a-f]+$/i.test(text)) return Number(text);
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  const value = parseGoFloat(text);
  if (value === undefined) throw new ParseError(source.query, from, `bad number or duration syntax: ${quote(text)}`);
  return value;
}

function stringLiteral(source: Source, node: SyntaxNode): string {
  const text = textOf(source, node);
  const value = unquote(text);
  if (value !== undefined) return value;
  const terminated = text.length > 1 && text.at(-1) === text[0];
  throw new ParseError(source.query, node.from, terminated ? `error unquoting string ${quote(text)}` : 'unterminated quoted string');
}

function labelNames(source: Source, node: SyntaxNode | undefined): string[] {
  if (!node) return [];
  return children(node).map((child) => {
    const name = textOf(source, child);
    if (child.name !== 'LabelName' || !isLabelName(name)) {
      throw new ParseError(source.query, child.from, `unexpected ${quote(name)} in grouping opts, expected label`);
    }
    return name;
  });
}

function labelMatcher(source: Source, node: SyntaxNode): Matcher {
  const [name, op, value] = children(node);
  if (node.name !== 'UnquotedLabelMatcher' || !name || !op || !value) {
    throw new ParseError(
      source.query,
      node.from,
      `unexpected string ${textOf(source, node)} in label matching, expected identifier or "}"`,
    );
  }
  try {
    return newMatcher(textOf(source, name), textOf(source, op) as MatchOp, stringLiteral(source, value));
  } catch (error) {
    if (error instanceof ParseError || !(error instanceof Error) || error.message.startsWith('the lab')) throw error;
    throw new ParseError(source.query, node.from, error.message);
  }
}

function vectorSelector(source: Source, node: SyntaxNode): VectorSelector {
  const identifier = node.getChild('Identifier');
  const list = node.getChild('LabelMatchers');
  const matchers = list ? children(list).map((child) => labelMatcher(source, child)) : [];
  const name = identifier ? textOf(source, identifier) : '';
  if (name !== '') matchers.push(newMatcher('__name__', '=', name));
  return { kind: 'vector', name, matchers, offset: 0, from: node.from, to: node.to };
}

function matching(source: Source, clause: SyntaxNode | null): Matching {
  if (!clause) return { card: 'one-to-one', on: false, labels: [], include: [] };
  const lists = clause.getChildren('GroupingLabels');
  const card = clause.getChild('GroupLeft') ? 'many-to-one' : clause.getChild('GroupRight') ? 'one-to-many' : 'one-to-one';
  const on = clause.getChild('On') !== null;
  return { card, on, labels: labelNames(source, lists[0]), include: labelNames(source, lists[1]) };
}

function aggregate(source: Source, node: SyntaxNode): Expr {
  const op = textOf(source, node.firstChild ?? node).toLowerCase();
  const modifier = node.getChild('AggregateModifier');
  const body = node.getChild('FunctionCallBody');
  const args = (body ? children(body) : []).map((child) => expression(source, child));
  if (op === 'limitk' || op === 'limit_ratio') throw new ParseError(source.query, node.from, `unknown function with name ${quote(op)}`);
  const wanted = ['topk', 'bottomk', 'quantile', 'count_values'].includes(op) ? 2 : 1;
  const expr = args.at(-1);
  if (!expr) throw new ParseError(source.query, node.from, 'no arguments for aggregate expression provided');
  if (args.length !== wanted) {
    const message = `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`;
    throw new ParseError(source.query, node.from, message);
  }
  return {
    kind: 'aggregate',
    op: op as AggregateOp,
    expr,
    param: wanted === 2 ? args[0] : undefined,
    grouping: labelNames(source, modifier?.getChild('GroupingLabels') ?? undefined).sort(),
    without: modifier?.getChild('Without') != null,
    from: node.from,
    to: node.to,
  };
}

function call(source: Source, node: SyntaxNode): Expr {
  const name = textOf(source, node.firstChild ?? node);
  if (!functionSignatures.has(name)) throw new ParseError(source.query, node.from, `unknown function with name ${quote(name)}`);
  const body = node.getChild('FunctionCallBody');
  const args = (body ? children(body) : []).map((child) => expression(source, child));
  return { kind: 'call', name, args, from: node.from, to: node.to };
}

function numberItems(source: Source, node: SyntaxNode): Item[] {
  const text = textOf(source, node);
  const sign = /^([+-])\s*/.exec(text);
  const from = node.from + (sign?.[0].length ?? 0);
  const value = number(source, from, text.slice(sign?.[0].length ?? 0));
  const atom: Item = { type: 'atom', expr: { kind: 'number', value, from, to: node.to } };
  return sign ? [{ type: 'prefix', op: sign[1] as '+' | '-', from: node.from }, atom] : [atom];
}

function atItem(source: Source, node: SyntaxNode): Item {
  const preprocessor = node.getChild('AtModifierPreprocessors');
  if (preprocessor) {
    return { type: 'at', at: textOf(source, preprocessor).toLowerCase() as 'start' | 'end', to: node.to };
  }
  const literal = node.getChildren('NumberDurationLiteral').at(-1) ?? node;
  const text = textOf(source, literal);
  const sign = /^([+-])\s*/.exec(text);
  const seconds = number(source, literal.from, text.slice(sign?.[0].length ?? 0)) * (sign?.[1] === '-' ? -1 : 1);
  if (!Number.isFinite(seconds) || Math.abs(seconds) >= 2 ** 63) {
    throw new ParseError(source.query, node.from, `timestamp out of bounds for @ modifier: ${seconds}`);
  }
  return { type: 'at', at: Math.round(seconds * 1000), to: node.to };
}

function offsetItem(source: Source, node: SyntaxNode): Item {
  const expr = node.getChild('OffsetDurationExpr') ?? node;
  const sign = expr.getChild('UnaryOp');
  const inner = sign ? (expr.getChild('OffsetDurationExpr') ?? expr) : expr;
  const ms = duration(source, inner);
  return { type: 'offset', ms: sign && textOf(source, sign) === '-' ? -ms : ms, to: node.to };
}

/**
 * A node as the flat sequence of operands and operators that its text is. The grammar of lezer-promql binds postfix
 * operators (`[5m]`, `offset`, `@`) weaker than binary ones, and a sign tighter than `^`; Prometheus's own grammar the other way round.
 * So the nesting of these nodes is not used: `assemble` applies Prometheus's precedence to the sequence.
 */
function flatten(source: Source, node: SyntaxNode): Item[] {
  const [first, second] = children(node);
  switch (node.name) {
    case 'NumberDurationLiteral':
      return numberItems(source, node);
    case 'UnaryExpr': {
      const op = textOf(source, first ?? node) as '+' | '-';
      return [{ type: 'prefix', op, from: node.from }, ...(second ? flatten(source, second) : [])];
    }
    case 'BinaryExpr': {
      const right = node.lastChild;
      if (!first || !second || !right) throw new ParseError(source.query, node.from, 'unexpected end of input');
      if (node.getChild('FillModifier')) throw new ParseError(source.query, second.from, 'unexpected identifier "fill"');
      const infix: Item = {
        type: 'infix',
        op: textOf(source, second).toLowerCase() as BinaryOp,
        bool: node.getChild('BoolModifier') !== null,
        matching: matching(source, node.getChild('MatchingModifierClause')),
        from: second.from,
      };
      if (['</', '>/'].includes(infix.op)) throw new ParseError(source.query, second.from, `unexpected ${quote(infix.op)}`);
      return [...flatten(source, first), infix, ...flatten(source, right)];
    }
    case 'StepInvariantExpr':
      return [...(first ? flatten(source, first) : []), atItem(source, node)];
    case 'OffsetExpr':
      return [...(first ? flatten(source, first) : []), offsetItem(source, node)];
    case 'MatrixSelector': {
      const range = node.getChild('DurationExpr') ?? node;
      return [...(first ? flatten(source, first) : []), { type: 'range', ms: duration(source, range), from: range.from - 1, to: node.to }];
    }
    case 'SubqueryExpr': {
      const [range, step] = node.getChildren('DurationExpr');
      const stepMs = step ? duration(source, step) : undefined;
      return [...(first ? flatten(source, first) : []), { type: 'subquery', ms: duration(source, range ?? node), stepMs, to: node.to }];
    }
    default:
      return [{ type: 'atom', expr: atom(source, node) }];
  }
}

function atom(source: Source, node: SyntaxNode): Expr {
  const { from, to } = node;
  switch (node.name) {
    case 'StringLiteral':
      return { kind: 'string', value: stringLiteral(source, node), from, to };
    case 'VectorSelector':
      return vectorSelector(source, node);
    case 'ParenExpr':
      return { kind: 'paren', expr: expression(source, node.firstChild ?? node), from, to };
    case 'AggregateExpr':
      return aggregate(source, node);
    case 'FunctionCall':
      return call(source, node);
    default:
      throw new ParseError(source.query, from, `unexpected ${quote(textOf(source, node))}`);
  }
}

function expression(source: Source, node: SyntaxNode): Expr {
  return assemble(source.query, flatten(source, node));
}

/** Parses and type-checks a query. Throws a ParseError, or the lab's "does not implement". */
export function parseQuery(query: string): Expr {
  const source: Source = { query };
  const root = parser.parse(query).topNode;
  if (query.replace(/#.*/g, '').trim() === '') throw new ParseError(query, 0, 'no expression found in input');
  const error = firstError(root);
  if (error) throw syntaxError(source, error);
  const top = children(root).find((child) => child.name !== 'LineComment');
  if (!top) throw new ParseError(query, 0, 'no expression found in input');
  const expr = expression(source, top);
  checkTypes(query, expr);
  return expr;
}

/** Parses what `match[]` takes: a plain instant-vector selector. */
export function parseSelector(text: string): readonly Matcher[] {
  const source: Source = { query: text };
  const root = parser.parse(text).topNode;
  const error = firstError(root);
  if (error) throw syntaxError(source, error);
  const node = children(root).find((child) => child.name !== 'LineComment');
  if (node?.name !== 'VectorSelector') throw new ParseError(text, node?.from ?? 0, 'unexpected expression, expected a series selector');
  const { matchers } = vectorSelector(source, node);
  if (matchers.every((matcher) => matcher.matches(''))) {
    throw new ApiError('bad_data', 'match[] must contain at least one non-empty matcher');
  }
  return matchers;
}
