import type { Matcher, MatchOp } from './ast.ts';
import { anchoredRegex } from './regex.ts';

/** A label matcher. A regular expression matches the whole value (RE2). Throws when it is malformed. */
export function newMatcher(name: string, op: MatchOp, value: string): Matcher {
  if (op === '=') return { name, op, value, matches: (other) => other === value };
  if (op === '!=') return { name, op, value, matches: (other) => other !== value };
  const regex = anchoredRegex(value);
  const wanted = op === '=~';
  return { name, op, value, matches: (other) => regex.test(other) === wanted };
}
