import { addMonths, localDate, startOfMonth } from '../../model/calendar.ts';
import { usdString } from '../../model/money.ts';
import type { LedgerRow } from '../ledger/ledger.ts';

/**
 * Columns of FOCUS 1.2, Cost and Usage (focus.finops.org): the 21 mandatory
 * ones, those that a usage export should have, then ours with `x_`.
 */
export const focusColumns = [
  'BilledCost',
  'BillingAccountId',
  'BillingAccountName',
  'BillingCurrency',
  'BillingPeriodEnd',
  'BillingPeriodStart',
  'ChargeCategory',
  'ChargeClass',
  'ChargeDescription',
  'ChargeFrequency',
  'ChargePeriodEnd',
  'ChargePeriodStart',
  'ConsumedQuantity',
  'ConsumedUnit',
  'ContractedCost',
  'EffectiveCost',
  'InvoiceIssuerName',
  'ListCost',
  'PricingQuantity',
  'PricingUnit',
  'ProviderName',
  'PublisherName',
  'ServiceCategory',
  'ServiceName',
  'ServiceSubcategory',
  'x_Agent',
  'x_Model',
  'x_Priced',
  'x_Session',
  'x_TokenClass',
] as const;
export type FocusColumn = (typeof focusColumns)[number];

/** A row as text; empty is null. */
export type FocusRow = Readonly<Record<FocusColumn, string>>;

export interface FocusSettings {
  /** Zone of the days and months that the ledger rows were cut in. */
  readonly timeZone: string;
  /** Whom the spend is booked on; never empty. */
  readonly account: string;
  /** Provider of a model, where it is known. */
  providerOf(model: string): string | undefined;
}

const classes = [
  { name: 'input', cost: 'costInput', words: 'input' },
  { name: 'output', cost: 'costOutput', words: 'output' },
  { name: 'cacheRead', cost: 'costCacheRead', words: 'cache read' },
  { name: 'cacheWrite5m', cost: 'costCacheWrite5m', words: 'cache write, 5 min' },
  { name: 'cacheWrite1h', cost: 'costCacheWrite1h', words: 'cache write, 1 h' },
] as const;

/**
 * Ledger rows by model and agent (and session, if wanted) in buckets of a day
 * → FOCUS rows by token class. Costs are exact, to the pico-dollar: their sum
 * is the sum of the rows. What a row costs beyond its classes (fees for each
 * request, lower bounds) is a row of its own, and so are web searches.
 */
export function focusRows(rows: readonly LedgerRow[], buckets: readonly number[], settings: FocusSettings): FocusRow[] {
  return rows.flatMap((row) => rowsOf(row, buckets, settings));
}

function rowsOf(row: LedgerRow, buckets: readonly number[], settings: FocusSettings): FocusRow[] {
  const [start, end] = [buckets[row.bucket], buckets[row.bucket + 1]];
  if (start === undefined || end === undefined) throw new RangeError(`no bucket ${row.bucket}`);
  const model = row.group.model ?? '';
  const agent = row.group.agent ?? '';
  const provider = settings.providerOf(model) ?? 'unknown';
  const tokens = classes.reduce((sum, { name }) => sum + row[name], 0);
  const priced = row.unpricedTokens === 0 ? 'yes' : row.unpricedTokens >= tokens ? 'no' : 'partly';
  const month = startOfMonth(start, settings.timeZone);
  const made = (tokenClass: string, words: string, quantity: number, unit: string, cost: bigint): FocusRow => {
    const amount = usdString(cost);
    return {
      BilledCost: amount,
      BillingAccountId: settings.account,
      BillingAccountName: settings.account,
      BillingCurrency: 'USD',
      BillingPeriodEnd: instant(addMonths(month, 1, settings.timeZone)),
      BillingPeriodStart: instant(month),
      ChargeCategory: 'Usage',
      ChargeClass: '',
      ChargeDescription: `${model || 'model not said'}, ${words}, ${dayOf(start, settings.timeZone)}`,
      ChargeFrequency: 'Usage-Based',
      ChargePeriodEnd: instant(end),
      ChargePeriodStart: instant(start),
      ConsumedQuantity: String(quantity),
      ConsumedUnit: unit,
      ContractedCost: amount,
      EffectiveCost: amount,
      InvoiceIssuerName: provider,
      ListCost: amount,
      PricingQuantity: String(quantity),
      PricingUnit: unit,
      ProviderName: provider,
      PublisherName: provider,
      ServiceCategory: 'AI and Machine Learning',
      ServiceName: provider === 'unknown' ? 'language model API' : `${provider} API`,
      ServiceSubcategory: 'Generative AI',
      x_Agent: agent,
      x_Model: model,
      x_Priced: priced,
      x_Session: row.group.session ?? '',
      x_TokenClass: tokenClass,
    };
  };
  const parts = classes
    .filter(({ name, cost }) => row[name] !== 0 || row[cost] !== 0n)
    .map(({ name, cost, words }) => made(name, words, row[name], 'Tokens', row[cost]));
  if (row.webSearches !== 0 || row.costWebSearch !== 0n)
    parts.push(made('webSearch', 'web searches', row.webSearches, 'Requests', row.costWebSearch));
  const rest = row.cost - row.costWebSearch - classes.reduce((sum, { cost }) => sum + row[cost], 0n);
  if (rest !== 0n) parts.push(made('', 'fees that belong to no token class', row.requests, 'Requests', rest));
  return parts;
}

/** FOCUS date/time format: UTC, to the second. */
function instant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

function dayOf(at: number, timeZone: string): string {
  const { year, month, day } = localDate(at, timeZone);
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
