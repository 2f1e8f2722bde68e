import type { z } from 'zod';
import { AgentOpsError } from '../errors.ts';

/** Stands in a configuration for a text whose reference leads nowhere. */
export class Unresolved {
  readonly error: AgentOpsError;

  constructor(error: AgentOpsError) {
    this.error = error;
  }
}

/** Where such a text is missing, and why. */
export interface Hole {
  readonly path: readonly (string | number)[];
  readonly error: AgentOpsError;
}

/** Every {@link Unresolved} in a value, through aliases too: one hole for each way that leads to it. */
export function holesIn(value: unknown): readonly Hole[] {
  const holes: Hole[] = [];
  const above = new Set<unknown>();
  const walk = (node: unknown, path: readonly (string | number)[]): void => {
    if (node instanceof Unresolved) {
      holes.push({ path, error: node.error });
      return;
    }
    if (!(node instanceof Object) || above.has(node)) return;
    above.add(node);
    for (const [key, child] of Object.entries(node)) walk(child, [...path, Array.isArray(node) ? Number(key) : key]);
    above.delete(node);
  };
  walk(value, []);
  return holes;
}

/** What may stand for a text while the rest is checked: one of them suits nearly every setting. */
const standIns = ['unresolved', 'https://unresolved.invalid', 'redis://unresolved.invalid', '1h', 'Mon 00:00-01:00'];

/**
 * Checks a value with holes: stand-ins fill them, and in what the schema makes
 * of it each hole is a property that throws its error when it is read, so that
 * no stand-in is ever taken for a value. Throws a hole's error where nothing
 * can stand for it.
 */
export function parseWithHoles<S extends z.ZodType>(schema: S, value: unknown, holes: readonly Hole[]): z.ZodSafeParseResult<z.output<S>> {
  const candidates = holes.map((_hole, index) => standIns.map((text, kind) => (kind === 0 ? `${text}-${index}` : text)));
  for (;;) {
    const filled = holes.reduce<unknown>((whole, { path }, index) => replaced(whole, path, candidates[index]?.[0]), value);
    const parsed = schema.safeParse(filled);
    if (parsed.success) {
      for (const { path, error } of holes) seal(parsed.data, path, error);
      return parsed;
    }
    let changed = false;
    holes.forEach(({ path, error }, index) => {
      const issue = parsed.error.issues.find((each) => concerns(each, path));
      if (!issue) return;
      const rest = candidates[index] ?? [];
      rest.shift();
      // An enumeration says itself what it takes.
      if (issue.code === 'invalid_value' && typeof issue.values[0] === 'string' && rest.length > 1)
        rest.splice(0, rest.length, issue.values[0]);
      if (rest.length === 0) throw error;
      changed = true;
    });
    if (!changed) return parsed;
  }
}

function concerns(issue: z.core.$ZodIssue, path: readonly (string | number)[]): boolean {
  const within = issue.path.every((step, index) => step === path[index]);
  return within && (issue.path.length === path.length || issue.code === 'invalid_union');
}

/** A copy with another value at the path; what lies beside it is shared. */
function replaced(node: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(node)) return node.map((child, index) => (index === step ? replaced(child, rest, value) : child));
  const object = node as Readonly<Record<string, unknown>>;
  return { ...object, [step]: replaced(object[step], rest, value) };
}

function seal(root: unknown, path: readonly (string | number)[], error: AgentOpsError): void {
  const parent = path.slice(0, -1).reduce<unknown>((node, step) => (node as Record<string, unknown>)[step], root);
  const { message, hint, position } = error;
  Object.defineProperty(parent, path.at(-1) as string, {
    enumerable: true,
    get: (): never => {
      throw new AgentOpsError('config-reference', message, {
        cause: error,
        ...(hint === undefined ? {} : { hint }),
        ...(position === undefined ? {} : { position }),
      });
    },
  });
}
