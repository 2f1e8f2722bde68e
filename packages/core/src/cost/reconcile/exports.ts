import { parsePico } from '../../model/money.ts';

/** A line of a provider's cost export. */
export interface BilledLine {
  /** UTC day, `2026-05-01`: providers cut their days there. */
  readonly day: string;
  /** Empty where the export does not say. */
  readonly model: string;
  readonly pico: bigint;
  readonly kind: BilledKind;
  readonly serviceTier: string;
  /** `input`, `output`, `cache read`… as the export names it; empty where it does not say. */
  readonly tokenType: string;
}

/** `other`: web search, sessions, storage: what no token of ours stands for. */
export type BilledKind = 'tokens' | 'credit' | 'other';

export interface ExportReject {
  /** `data[2].results[0]`. */
  readonly where: string;
  readonly why: string;
}

export interface BilledExport {
  readonly lines: readonly BilledLine[];
  readonly rejects: readonly ExportReject[];
  /** UTC days that the export has a bucket for, also an empty one. */
  readonly days: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * OpenAI's organization costs: pages `{data: [bucket…]}`, one bucket, or a list
 * of either. `amount.value` is dollars, as a number or as a string; the model
 * stands in `line_item`, as `gpt-5-2025-08-07, input`.
 */
export function readOpenAiCosts(document: unknown): BilledExport {
  return readBuckets(document, 'start_time', (result) => {
    const { amount, line_item: item } = result;
    if (!isFields(amount)) return 'no amount';
    const pico = amountOf(amount.value);
    if (pico === undefined) return 'amount.value is not a number';
    if (!isDollars(amount.currency)) return 'not in dollars';
    const text = typeof item === 'string' ? item : '';
    const comma = text.lastIndexOf(', ');
    const model = comma < 0 ? text : text.slice(0, comma);
    const tokenType = comma < 0 ? '' : text.slice(comma + 2);
    const other = /search|storage|session|image|audio minutes|assistant/i.test(text);
    const kind: BilledKind = pico < 0n || /credit/i.test(text) ? 'credit' : other ? 'other' : 'tokens';
    return { model, pico, kind, serviceTier: /batch/i.test(text) ? 'batch' : '', tokenType };
  });
}

/**
 * Anthropic's cost report. `amount` is a decimal string in **cents**: "123.45"
 * is $1.2345.
 */
export function readAnthropicCosts(document: unknown): BilledExport {
  return readBuckets(document, 'starting_at', (result) => {
    const cents = amountOf(result.amount);
    if (cents === undefined) return 'amount is not a number';
    if (!isDollars(result.currency)) return 'not in dollars';
    // Amounts have at most a few decimals of a cent; what lies beyond a pico-dollar would be refused, not rounded away.
    if (cents % 100n !== 0n) return 'amount is finer than a pico-dollar';
    const pico = cents / 100n;
    const type = textOf(result.cost_type);
    const credit = pico < 0n || /credit/i.test(`${type} ${textOf(result.description)}`);
    const kind: BilledKind = credit ? 'credit' : type === 'tokens' || type === '' ? 'tokens' : 'other';
    return { model: textOf(result.model), pico, kind, serviceTier: textOf(result.service_tier), tokenType: textOf(result.token_type) };
  });
}

type Line = Omit<BilledLine, 'day'>;

function readBuckets(document: unknown, startField: string, read: (result: Fields) => Line | string): BilledExport {
  const lines: BilledLine[] = [];
  const rejects: ExportReject[] = [];
  const days = new Set<string>();
  for (const { bucket, where } of bucketsOf(document)) {
    const day = isFields(bucket) ? dayOf(bucket[startField]) : undefined;
    if (!isFields(bucket) || day === undefined || !Array.isArray(bucket.results)) {
      rejects.push({ where, why: `not a bucket with ${startField} and results` });
      continue;
    }
    days.add(day);
    for (const [index, result] of bucket.results.entries()) {
      const line = isFields(result) ? read(result) : 'not an object';
      if (typeof line === 'string') rejects.push({ where: `${where}.results[${index}]`, why: line });
      else lines.push({ day, ...line });
    }
  }
  return { lines, rejects, days: [...days].sort() };
}

function bucketsOf(document: unknown, where = ''): { bucket: unknown; where: string }[] {
  if (Array.isArray(document)) return document.flatMap((part, index) => bucketsOf(part, `${where}[${index}]`));
  if (isFields(document) && Array.isArray(document.data)) return bucketsOf(document.data, `${where}${where ? '.' : ''}data`);
  return [{ bucket: document, where: where || 'document' }];
}

/** Seconds since the epoch, or an ISO time; the UTC day of either. */
function dayOf(value: unknown): string | undefined {
  const at = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isFinite(at) && Math.abs(at) < 8.64e15 ? new Date(at).toISOString().slice(0, 10) : undefined;
}

function amountOf(value: unknown): bigint | undefined {
  if (typeof value === 'string') return parsePico(value);
  return typeof value === 'number' && Number.isFinite(value) ? parsePico(String(value)) : undefined;
}

function isDollars(currency: unknown): boolean {
  return currency === undefined || currency === null || (typeof currency === 'string' && currency.toLowerCase() === 'usd');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
