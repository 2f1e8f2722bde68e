import { formatPico } from '../../model/money.ts';
import { creditsRow, type OwnSpend, otherRow, type Pair, type ReconcileSettings, type Verdict } from './pair.ts';

export type ReasonId =
  | 'rounding'
  | 'credits'
  | 'other-charges'
  | 'missing-source'
  | 'unpriced-model'
  | 'foreign-usage'
  | 'incomplete-day'
  | 'time-zone'
  | 'batch-discount'
  | 'cache-read-as-input'
  | 'cache-write-class';

/** A likely reason, not a proof: each is a sum that would explain the difference. */
export interface Reason {
  readonly id: ReasonId;
  readonly text: string;
}

interface Context extends ReconcileSettings {
  readonly lastDay: string;
}

/** How near an explanation must come to the difference to be named: 2 % of it. */
const near = 50n;

/** What may explain a difference, the most specific first. Empty: nothing known explains it. */
export function reasonsFor(pair: Pair, all: readonly Pair[], verdict: Verdict, context: Context): Reason[] {
  if (pair.model === creditsRow) return [{ id: 'credits', text: 'a credit or discount of the contract: no request stands for it' }];
  if (pair.model === otherRow) return [{ id: 'other-charges', text: 'web search, storage or sessions: billed by other units than tokens' }];
  if (verdict === 'within tolerance') return [{ id: 'rounding', text: 'the provider rounds each line' }];
  const difference = pair.billed - pair.ours;
  const explains = (amount: bigint): boolean => amount !== 0n && magnitude(difference - amount) * near <= magnitude(difference);
  const reasons = [
    unpriced(pair),
    oneSided(pair),
    batch(pair, explains),
    ...cacheClasses(pair.own, explains),
    timeZone(pair, all, context),
    incomplete(pair, context),
  ];
  return reasons.filter((reason) => reason !== undefined);
}

function unpriced({ own }: Pair): Reason | undefined {
  const tokens = own.reduce((sum, { unpricedTokens }) => sum + unpricedTokens, 0);
  return tokens > 0 ? { id: 'unpriced-model', text: `we know no price for ${tokens} of these tokens` } : undefined;
}

function oneSided({ own, lines, ours, billed }: Pair): Reason | undefined {
  if (own.length === 0 && billed > 0n)
    return { id: 'missing-source', text: 'billed, but no source of ours saw any of it: another key, machine or application' };
  if (lines.length === 0 && ours > 0n)
    return { id: 'foreign-usage', text: 'ours, but not on this bill: another organisation, a reseller, or a model under another name' };
  return undefined;
}

/** Half the price of a part: billed as batch, priced by us as standard. */
function batch({ lines, ours, billed }: Pair, explains: (amount: bigint) => boolean): Reason | undefined {
  const batchBilled = lines.filter(({ serviceTier }) => serviceTier === 'batch').reduce((sum, { pico }) => sum + pico, 0n);
  if (batchBilled > 0n && explains(-batchBilled))
    return {
      id: 'batch-discount',
      text: `${formatPico(batchBilled)} is billed as batch at half price; our source does not say that it was batch`,
    };
  if (ours > 0n && billed > 0n && explains(-ours / 2n))
    return { id: 'batch-discount', text: 'exactly half is billed: batch, which our source does not say' };
  return undefined;
}

/** What the same tokens would cost if classes were mistaken for each other. */
function cacheClasses(own: readonly OwnSpend[], explains: (amount: bigint) => boolean): (Reason | undefined)[] {
  const total = (pick: (spend: OwnSpend) => bigint): bigint => own.reduce((sum, spend) => sum + pick(spend), 0n);
  const atInput = (tokens: number, spend: OwnSpend): bigint =>
    spend.input > 0 ? (spend.costInput * BigInt(Math.round(tokens))) / BigInt(Math.round(spend.input)) : 0n;
  const readsAsInput = total((spend) => atInput(spend.cacheRead, spend) - spend.costCacheRead);
  const readsInside = total((spend) => -atInput(spend.cacheRead, spend));
  // Anthropic: five minutes cost 1.25 × input, one hour 2 ×.
  const hourAs5m = total((spend) => -((spend.costCacheWrite1h * 3n) / 8n));
  const fiveMinutesAs1h = total((spend) => (spend.costCacheWrite5m * 3n) / 5n);
  return [
    explains(readsAsInput)
      ? { id: 'cache-read-as-input', text: 'the difference is what our cache reads would cost as plain input' }
      : undefined,
    explains(readsInside)
      ? {
          id: 'cache-read-as-input',
          text: 'the difference is our cache reads at the input price: counted inside input as well as beside it',
        }
      : undefined,
    explains(hourAs5m) ? { id: 'cache-write-class', text: 'the difference is our 1 h cache writes at the 5 min price' } : undefined,
    explains(fiveMinutesAs1h) ? { id: 'cache-write-class', text: 'the difference is our 5 min cache writes at the 1 h price' } : undefined,
  ];
}

/** Neighbouring days whose differences cancel: the same usage was cut at another midnight. */
function timeZone(pair: Pair, all: readonly Pair[], { timeZone: zone }: Context): Reason | undefined {
  const difference = pair.billed - pair.ours;
  for (const step of [-1, 1]) {
    const day = neighbour(pair.day, step);
    const other = all.find((one) => one.day === day && one.model === pair.model);
    if (!other) continue;
    const opposite = other.billed - other.ours;
    // Half of it is enough: the other midnight takes its part too.
    const cancels = difference > 0n !== opposite > 0n && magnitude(difference + opposite) * 2n <= magnitude(difference);
    if (cancels)
      return {
        id: 'time-zone',
        text: `${day} is off the other way: the export cuts days in UTC${zone && zone !== 'UTC' ? `, our source may in ${zone}` : ''}`,
      };
  }
  return undefined;
}

function neighbour(day: string, step: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + step * 86_400_000).toISOString().slice(0, 10);
}

/** Exports lag behind: their last day is often not whole. */
function incomplete({ day, ours, billed }: Pair, { lastDay }: Context): Reason | undefined {
  return day === lastDay && billed < ours ? { id: 'incomplete-day', text: 'last day of the export: it may not be whole yet' } : undefined;
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
