import { count, duration, percent } from '../../model/format.ts';
import type { PriceBook } from '../prices/price-book.ts';
import { catalogueEntry, expectedAsGood } from './catalogue.ts';
import { type Cell, costIf } from './cells.ts';
import { type Evaluation, type MeasuredQuality, measuredQuality } from './evaluations.ts';
import { Histogram } from './histogram.ts';
import { paretoFront } from './pareto.ts';
import { idOf, nameOf, type RecommendationDraft } from './recommendation.ts';

export interface SubstitutionSettings {
  /** Least success rate, 0 to 1, that a replacement must hold with its Wilson lower bound. */
  readonly qualityFloor: number;
  /** Most p95 latency in ms; null: no limit. */
  readonly maxLatencyMs: number | null;
  /** Runs below which a success rate is not judged. */
  readonly leastRuns: number;
  /** Savings below this share of what the task costs now are not worth the change. */
  readonly leastSaving: number;
}

export const substitutionDefaults: SubstitutionSettings = { qualityFloor: 0.9, maxLatencyMs: null, leastRuns: 30, leastSaving: 0.05 };

export interface Candidate {
  readonly model: string;
  /** What the same tokens cost on it; null: no exact price. */
  readonly costPico: bigint | null;
  readonly savingPico: bigint | null;
  /** Success rate of the user's own runs; null: none. */
  readonly quality: number | null;
  readonly measured: MeasuredQuality | undefined;
  /** p95 of the user's own requests, else the median duration of evaluation runs; null: not measured. */
  readonly latencyMs: number | null;
  readonly latencyFrom: 'requests' | 'evaluations' | null;
  /** `keeps`: measured to keep every limit. `untested`: the catalogue has no reason against it, but nobody measured. */
  readonly verdict: 'current' | 'keeps' | 'untested' | 'excluded';
  /** Why it is excluded, or what is not known. */
  readonly why: readonly string[];
  readonly onFront: boolean;
}

export interface Comparison {
  readonly agent: string;
  readonly task: string;
  readonly model: string;
  readonly requests: number;
  /** The current one first, then by saving. */
  readonly candidates: readonly Candidate[];
}

export interface SubstitutionInput {
  readonly cells: readonly Cell[];
  readonly evaluations: readonly Evaluation[];
  readonly book: PriceBook;
  /** Models to consider beside those that are used or were evaluated. */
  readonly alsoConsider?: readonly string[];
  readonly settings?: Partial<SubstitutionSettings>;
}

/** For each agent, task and model: what else could do it, and what that would cost on the same tokens. */
export function compareModels(input: SubstitutionInput): Comparison[] {
  const settings = { ...substitutionDefaults, ...input.settings };
  const groups = Map.groupBy(input.cells, ({ agent, task, model }) => JSON.stringify([agent, task, model]));
  const windows = new Map(input.book.models().map(({ id, contextWindow }) => [id, contextWindow]));
  const known = [...new Set([...input.cells.map(({ model }) => model), ...input.evaluations.map(({ model }) => model)])];
  return [...groups.values()].flatMap((cells) => {
    const [first] = cells;
    if (!first) return [];
    const names = [...new Set([...known, ...(input.alsoConsider ?? []), ...relatives(first, input.book)])];
    const facts = names.filter((name) => name !== first.model).map((name) => judge(name, { input, settings, cells, first, windows }));
    const current = currentOf(first, cells, input);
    const order = facts.sort((a, b) => descending(a.savingPico, b.savingPico) || (a.model < b.model ? -1 : 1));
    const eligible = [current, ...order.filter(({ verdict }) => verdict !== 'excluded')];
    const front = new Set(paretoFront(eligible).map(({ model }) => model));
    const candidates = [current, ...order].map((one) => ({ ...one, onFront: one.verdict !== 'excluded' && front.has(one.model) }));
    const requests = cells.reduce((sum, cell) => sum + cell.requests, 0);
    return [{ agent: first.agent, task: first.task, model: first.model, requests, candidates }];
  });
}

/** Models of the same provider that stand no lower than the current one in the same line-up. */
function relatives({ model, sample }: Cell, book: PriceBook): string[] {
  if (!catalogueEntry(model)) return [];
  const provider = book.facts(model, sample.at)?.provider;
  const own = book.models().filter((one) => one.provider === provider && expectedAsGood(one.id, model));
  return own.map(({ id }) => id);
}

interface Case {
  readonly input: SubstitutionInput;
  readonly settings: SubstitutionSettings;
  readonly cells: readonly Cell[];
  readonly first: Cell;
  readonly windows: ReadonlyMap<string, number | null>;
}

type Facts = Omit<Candidate, 'onFront'>;

function currentOf(first: Cell, cells: readonly Cell[], input: SubstitutionInput): Facts {
  const measured = measuredQuality(input.evaluations, first.model, first.task);
  return {
    model: first.model,
    costPico: costOf(input.book, cells, first.model),
    savingPico: 0n,
    quality: measured?.rate ?? null,
    measured,
    ...latencyOf(first.model, first.task, input, measured),
    verdict: 'current',
    why: [],
  };
}

function judge(model: string, { input, settings, cells, first, windows }: Case): Facts {
  const costPico = costOf(input.book, cells, model);
  const before = costOf(input.book, cells, first.model);
  const measured = measuredQuality(input.evaluations, model, first.task);
  const latency = latencyOf(model, first.task, input, measured);
  const against: string[] = [];
  const open: string[] = [];
  if (costPico === null) against.push('no price is known');
  if (before === null) against.push(`no price is known for ${first.model}`);
  const savingPico = costPico === null || before === null ? null : before - costPico;

  if (measured && measured.runs >= settings.leastRuns) {
    if (measured.atLeast < settings.qualityFloor) {
      const runs = `${percent(measured.rate)} on ${count(measured.runs)} runs`;
      against.push(`quality ${runs}, at least ${percent(measured.atLeast)}: under the floor of ${percent(settings.qualityFloor)}`);
    }
  } else {
    const few = measured ? `${count(measured.runs)} evaluation runs of ${count(settings.leastRuns)}` : 'no evaluation runs';
    if (expectedAsGood(model, first.model)) open.push(`${few}; as high and as new in its provider's line-up, which is not a measurement`);
    else against.push(`${few}, and nothing else says that it is as good`);
  }

  const largest = Math.max(...cells.map(({ largestInput }) => largestInput));
  const window = windows.get(model) ?? windows.get(input.book.facts(model, first.sample.at)?.resolved ?? '') ?? null;
  if (window === null) open.push(`its context window is not known; the largest request has ${count(largest)} tokens`);
  else if (largest > window) against.push(`context window ${count(window)}, the largest request has ${count(largest)} tokens`);
  else if (cells.some(({ singles }) => !singles)) open.push('single requests were not seen: the largest may not fit its context window');

  if (settings.maxLatencyMs !== null) {
    if (latency.latencyMs === null) open.push('its latency was not measured');
    else if (latency.latencyMs > settings.maxLatencyMs)
      against.push(`p95 ${duration(latency.latencyMs)}, over ${duration(settings.maxLatencyMs)}`);
  }
  const verdict = against.length > 0 ? 'excluded' : open.length > 0 ? 'untested' : 'keeps';
  return { model, costPico, savingPico, quality: measured?.rate ?? null, measured, ...latency, verdict, why: [...against, ...open] };
}

/** Null where a part has no exact price. */
function costOf(book: PriceBook, cells: readonly Cell[], model: string): bigint | null {
  let sum = 0n;
  for (const cell of cells) {
    const cost = costIf(book, cell, cell.model === model ? {} : { model, provider: '' });
    if (cost === undefined) return null;
    sum += cost;
  }
  return sum;
}

function latencyOf(
  model: string,
  task: string,
  { cells }: SubstitutionInput,
  measured: MeasuredQuality | undefined,
): Pick<Candidate, 'latencyMs' | 'latencyFrom'> {
  const all = new Histogram();
  const same = cells.filter((cell) => cell.model === model && cell.task === task);
  for (const { latencies } of same) all.merge(latencies);
  const p95 = all.quantile(0.95);
  if (p95 !== null) return { latencyMs: p95, latencyFrom: 'requests' };
  const durationMs = measured?.medianDurationMs ?? null;
  return { latencyMs: durationMs, latencyFrom: durationMs === null ? null : 'evaluations' };
}

function descending(a: bigint | null, b: bigint | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  return b === null || a > b ? -1 : 1;
}

/** The best replacement of each comparison: a measured one before an untested one, then the larger saving. */
export function substitutionAdvice(
  comparisons: readonly Comparison[],
  settings: Partial<SubstitutionSettings> = {},
): RecommendationDraft[] {
  const { leastSaving, qualityFloor } = { ...substitutionDefaults, ...settings };
  return comparisons.flatMap(({ agent, task, model, requests, candidates }) => {
    const now = candidates[0]?.costPico ?? 0n;
    const worth = (one: Candidate): boolean => (one.savingPico ?? 0n) > 0n && Number(one.savingPico) >= leastSaving * Number(now);
    const best =
      candidates.find((one) => one.verdict === 'keeps' && worth(one)) ?? candidates.find((one) => one.verdict === 'untested' && worth(one));
    if (!best) return [];
    const { measured } = best;
    const quality = measured
      ? `quality ${measured.rate.toFixed(2)} of floor ${qualityFloor.toFixed(2)} on ${count(measured.runs)} of your runs`
      : 'quality not measured';
    const what = task || nameOf(agent);
    return [
      {
        id: idOf('substitution', agent, task, model, best.model),
        kind: 'substitution' as const,
        title: `${what}: ${model} → ${best.model}: ${quality}`,
        savingPico: best.savingPico,
        confidence: best.verdict === 'keeps' ? ('measured' as const) : ('unmeasured' as const),
        basis: `the tokens of ${count(requests)} requests, priced on both models; assumes as many tokens${best.why.length > 0 ? `; ${best.why.join('; ')}` : ''}`,
        evidence: [
          { label: 'requests', value: requests, unit: 'requests' },
          ...(measured ? [{ label: 'quality, at least', value: measured.atLeast, unit: 'ratio' }] : []),
          ...(best.latencyMs === null ? [] : [{ label: 'latency', value: best.latencyMs, unit: 'ms' }]),
        ],
        how: [
          ...(best.verdict === 'keeps'
            ? []
            : [`Evaluate ${best.model} on ${what} first: a JSON line for each run (task, model, success).`]),
          `agentops cost what-if --map ${model}=${best.model}`,
          `Move a small share of ${what} to ${best.model} and compare its error ratio before the rest.`,
        ],
        touches: [{ agent, task, model }],
      },
    ];
  });
}
