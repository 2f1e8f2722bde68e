import { z } from 'zod';
import type { Severity } from '../../model/finding.ts';
import type { WatchedSecret } from '../../model/servers.ts';
import { type AgeInterval, isOver, limitText } from './age.ts';
import { day, parseMaxAge } from './read.ts';

/** Thresholds that the checks on age share. */
export const ageSettings = z.object({
  warnDays: z.number().positive().default(90).describe('days; an older value is a warning'),
  failDays: z.number().positive().default(180).describe('days; an older value is critical'),
});

/** Limits for one secret, ms. A policy of its own has one limit only: over it is critical. */
export interface AgeLimits {
  readonly warn: number | undefined;
  readonly fail: number;
  /** Where they are written, if they are the secret's own: `annotation agentops.dev/max-age`. */
  readonly own: string | undefined;
  /** The entry of `secrets:` that they are of. */
  readonly watched?: WatchedSecret;
}

/**
 * All limits of a secret: `maxAge` of each entry of `secrets:` that it falls
 * under (over it: a warning; over twice of it: critical, as `agentops secrets
 * list` has it) and the policy that it carries itself; without either the
 * configured days. Undefined where its own policy cannot be read.
 */
export function limitsFor(
  chosen: z.infer<typeof ageSettings>,
  ownPolicy: { readonly text: string; readonly where: string } | undefined,
  watched: readonly WatchedSecret[] = [],
): readonly AgeLimits[] | undefined {
  const entries = watched.map(
    (entry): AgeLimits => ({ warn: entry.maxAge, fail: 2 * entry.maxAge, own: `maxAge of ${entry.name}`, watched: entry }),
  );
  if (ownPolicy) {
    const limit = parseMaxAge(ownPolicy.text);
    return limit === undefined ? undefined : [...entries, { warn: undefined, fail: limit, own: ownPolicy.where }];
  }
  return entries.length > 0 ? entries : [{ warn: chosen.warnDays * day, fail: chosen.failDays * day, own: undefined }];
}

export type AgeVerdict =
  | { readonly over: 'no' }
  /** It may be over `limit`, and nothing says whether it is. */
  | { readonly over: 'maybe'; readonly limit: number }
  | { readonly over: 'yes'; readonly limit: number; readonly severity: Severity; readonly text: string };

/** Compares an interval with every limit, the worst verdict counts: only what is certain is a finding. */
export function judgeAge(age: Pick<AgeInterval, 'min' | 'max'>, limits: readonly AgeLimits[]): AgeVerdict {
  const verdicts = limits.map((each) => judgeOne(age, each));
  const sure = verdicts.filter((verdict) => verdict.over === 'yes');
  return sure.find(({ severity }) => severity === 'critical') ?? sure[0] ?? verdicts.find(({ over }) => over === 'maybe') ?? { over: 'no' };
}

function judgeOne(age: Pick<AgeInterval, 'min' | 'max'>, limits: AgeLimits): AgeVerdict {
  const found = (limit: number, severity: Severity): AgeVerdict => ({ over: 'yes', limit, severity, text: overText(limit, limits) });
  if (isOver(age, limits.fail) === 'yes') return found(limits.fail, 'critical');
  const lower = limits.warn ?? limits.fail;
  const over = isOver(age, lower);
  if (over === 'yes') return found(lower, 'warning');
  return over === 'maybe' ? { over, limit: lower } : { over };
}

/** `over 90 d`, `over 30 d (annotation agentops.dev/max-age)`, `over 60 d (twice the maxAge of openai-key)`. */
function overText(limit: number, { own, watched, fail }: AgeLimits): string {
  if (own === undefined) return `over ${limitText(limit)}`;
  return `over ${limitText(limit)} (${watched && limit === fail ? 'twice the ' : ''}${own})`;
}

/** What to run about entries of `secrets:`, before a person touches the value by hand. */
export function rotateCommands(watched: readonly WatchedSecret[] = []): readonly string[] {
  return watched.filter(({ rotates }) => rotates).map(({ name }) => `agentops secrets rotate ${name} --dry-run`);
}

/** The same for those that nothing rotates: a person brings the new value. */
export function storeCommands(watched: readonly WatchedSecret[] = []): readonly string[] {
  return watched.filter(({ rotates }) => !rotates).map(({ name }) => `agentops secrets store ${name}`);
}
