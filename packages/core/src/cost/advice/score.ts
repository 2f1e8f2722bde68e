import type { PriceBook } from '../prices/price-book.ts';
import { catalogueEntry, type Tier } from './catalogue.ts';
import { type Evaluation, measuredQuality } from './evaluations.ts';
import { blankRecord, unitPrices } from './unit-price.ts';

/** One task and what matters in it. All from 0 to 1. */
export interface TaskNeeds {
  readonly task: string;
  /** How hard it is: it asks for a line of that height. */
  readonly complexity: number;
  /** How much quality, speed and a low price matter; only their proportions count. */
  readonly quality: number;
  readonly speed: number;
  readonly budget: number;
}

export interface ScorePart {
  readonly name: 'quality' | 'speed' | 'budget';
  /** Share of the whole score, 0 to 1. */
  readonly weight: number;
  /** 0 to 1; null: nothing is known, counted as 0. */
  readonly value: number | null;
  /** weight × value. */
  readonly points: number;
  readonly basis: string;
}

export interface ModelScore {
  readonly model: string;
  readonly provider: string;
  /** Sum of the parts' points × fit; 0 to 1. */
  readonly score: number;
  readonly parts: readonly ScorePart[];
  /** 1 where the model's line is as high as the complexity asks for, less below. */
  readonly fit: number;
  readonly fitBasis: string;
}

export interface ScoreInput {
  readonly models: readonly string[];
  readonly book: PriceBook;
  readonly at: number;
  readonly evaluations: readonly Evaluation[];
  /** The user's own typical latency by model, ms. */
  readonly latencyMs: ReadonlyMap<string, number>;
  /** Share of output in the tokens of the user's own requests for the task; 0.2 where there are none. */
  readonly outputShare?: number;
}

/** Middle of each line of the neutral catalogue on the scale of complexity: an ordering, not a measurement. */
const heights: Readonly<Record<Tier, number>> = { 1: 0.25, 2: 0.5, 3: 0.75, 4: 1 };

/**
 * Score = fit × (w_q × quality + w_s × speed + w_b × price), the weights being
 * `quality`, `speed` and `budget` divided by their sum.
 * - quality: Wilson's lower bound of the user's own runs at the task, else the
 *   model's place in its provider's line-up (unmeasured).
 * - speed: the fastest measured latency ÷ its own.
 * - price: the lowest price of the token mix ÷ its own.
 * - fit: 1 − the height that is missing to the complexity; only where quality
 *   was not measured, as a measurement already contains it.
 */
export function scoreModels(needs: TaskNeeds, input: ScoreInput): ModelScore[] {
  const total = needs.quality + needs.speed + needs.budget;
  const weight = (part: number): number => (total > 0 ? part / total : 1 / 3);
  const facts = input.models.map((model) => factsOf(model, needs.task, input));
  const fastest = least(facts.map(({ latency }) => latency));
  const cheapest = least(facts.map(({ price }) => price));
  return facts
    .map(({ model, provider, latency, price, quality, qualityBasis, height, measured }) => {
      const parts: ScorePart[] = [
        part('quality', weight(needs.quality), quality, qualityBasis),
        part('speed', weight(needs.speed), relative(fastest, latency), latency === null ? 'latency not measured' : 'your own requests'),
        part('budget', weight(needs.budget), relative(cheapest, price), price === null ? 'no price is known' : 'price of your token mix'),
      ];
      const missing = measured || height === null ? 0 : Math.max(0, needs.complexity - height);
      const fit = 1 - missing;
      const fitBasis = measured
        ? 'measured at this task'
        : height === null
          ? 'not in the catalogue: fit not judged'
          : `neutral catalogue, not measured: height ${height} for complexity ${needs.complexity}`;
      return { model, provider, score: fit * parts.reduce((sum, { points }) => sum + points, 0), parts, fit, fitBasis };
    })
    .sort((a, b) => b.score - a.score || (a.model < b.model ? -1 : 1));
}

function factsOf(model: string, task: string, { book, at, evaluations, latencyMs, outputShare = 0.2 }: ScoreInput) {
  const measured = measuredQuality(evaluations, model, task);
  const entry = catalogueEntry(model);
  const height = entry ? heights[entry.tier] : null;
  const facts = book.facts(model, at);
  const prices = unitPrices(book, blankRecord(model, at));
  return {
    model,
    provider: facts?.provider ?? '',
    measured: measured !== undefined,
    quality: measured?.atLeast ?? height,
    qualityBasis: measured
      ? `${measured.rate.toFixed(2)} on ${measured.runs} of your runs, at least ${measured.atLeast.toFixed(2)}`
      : height === null
        ? 'neither measured nor in the catalogue'
        : 'neutral catalogue, not measured',
    height,
    latency: latencyMs.get(model) ?? null,
    price: prices ? Number(prices.input) * (1 - outputShare) + Number(prices.output) * outputShare : null,
  };
}

function part(name: ScorePart['name'], weight: number, value: number | null, basis: string): ScorePart {
  return { name, weight, value, points: weight * (value ?? 0), basis };
}

function least(values: readonly (number | null)[]): number | null {
  const known = values.filter((value): value is number => value !== null);
  return known.length > 0 ? Math.min(...known) : null;
}

/** best ÷ own; 1 where both are 0 (a free model). */
function relative(best: number | null, own: number | null): number | null {
  if (best === null || own === null) return null;
  return own === 0 ? 1 : best / own;
}
