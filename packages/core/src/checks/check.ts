import type { z } from 'zod';
import type { Available, Evidence, Unavailable } from '../model/evidence.ts';
import type { EvidenceKey, EvidenceTypes } from '../model/evidence-map.ts';
import type { Category, Fact, Quantity, Resource, Severity } from '../model/finding.ts';

/**
 * A check is data: what it is called, what evidence it needs, and a pure
 * function from that evidence to findings. The runner hands it exactly what
 * `needs` and `uses` name; a missing need makes the check `unknown` (or
 * `skipped` when nobody configured the source) without calling `evaluate`.
 */
export interface CheckMeta {
  /** `category/name`; also the id of its findings and of `agentops explain`. */
  readonly id: `${Category}/${string}`;
  readonly category: Category;
  /** Short noun phrase: `error ratio`. */
  readonly title: string;
  /** Why it matters: one or two sentences. */
  readonly why: string;
  /** What to do about it: sentences for `agentops explain`. */
  readonly remedy: readonly string[];
  /** Where the threshold or rule comes from. */
  readonly source?: string;
}

export interface FindingDraft {
  readonly severity: Severity;
  readonly resource: Resource;
  readonly seen: string;
  readonly expected: string;
  readonly measured?: Quantity;
  readonly threshold?: Quantity;
  readonly detail?: string;
  readonly why?: string;
  readonly next: readonly string[];
  /** ms since the epoch */
  readonly since?: number;
  readonly alsoOn?: number;
  /** Distinguishes findings of one check on one resource (a port, a label value): part of the fingerprint. */
  readonly key?: string;
}

export interface CheckOutcome {
  readonly findings: readonly FindingDraft[];
  /** Parts that could not be judged: they make the check `unknown` unless it fails anyway. */
  readonly gaps?: readonly Unavailable[];
  readonly facts?: readonly Fact[];
  /** How many of what were judged; the noun in the singular (`pod`, `policy`): whoever shows it makes the plural. */
  readonly examined: { readonly count: number; readonly noun: string };
  /** Set where there was nothing to judge and that is fine (`no HorizontalPodAutoscaler`): pass, with this note. */
  readonly note?: string;
}

export interface CheckContext {
  /** ms since the epoch: the same instant for every check of a run. */
  readonly now: number;
  /** Kubernetes context under examination, where the check has one. */
  readonly context: string | undefined;
}

/** `needs` arrive as data, `uses` as {@link Evidence} for the check to make what it can of. */
export type CheckInput<N extends EvidenceKey, U extends EvidenceKey> = {
  readonly [K in N]: EvidenceTypes[K];
} & { readonly [K in U]: Evidence<EvidenceTypes[K]> };

export interface Check<N extends EvidenceKey = never, U extends EvidenceKey = never, S = unknown> {
  readonly meta: CheckMeta;
  readonly needs: readonly N[];
  readonly uses: readonly U[];
  /** Thresholds with defaults; `checks.<id>` in agentops.yaml. Every field must have a default. */
  readonly settings: z.ZodType<S>;
  evaluate(input: CheckInput<N, U>, settings: S, context: CheckContext): CheckOutcome;
}

/** A check with its type parameters forgotten: what the registry holds and the runner runs. */
export interface AnyCheck {
  readonly meta: CheckMeta;
  readonly needs: readonly EvidenceKey[];
  readonly uses: readonly EvidenceKey[];
  readonly settings: z.ZodType;
  /** `input` must hold data for every need and evidence for every use: the runner's job. */
  run(input: ReadonlyMap<EvidenceKey, Evidence<unknown>>, settings: unknown, context: CheckContext): CheckOutcome;
}

/** Closes over a check's types; the only place where they are asserted. */
export function defineCheck<const N extends EvidenceKey, const U extends EvidenceKey, S>(check: Check<N, U, S>): AnyCheck & Check<N, U, S> {
  return {
    ...check,
    run(input, settings, context) {
      const handed: Record<string, unknown> = {};
      for (const key of check.needs) handed[key] = (input.get(key) as Available<unknown>).data;
      for (const key of check.uses) handed[key] = input.get(key);
      return check.evaluate(handed as CheckInput<N, U>, check.settings.parse(settings ?? {}), context);
    },
  };
}
