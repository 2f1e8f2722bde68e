import { picoFromDollars, tokenCost } from '../../model/money.ts';
import type { TokenKind } from './spend-sources.ts';

/** Dollars per million tokens, as configured. */
export type Prices = Readonly<Record<string, { readonly input: number; readonly output: number }>>;

/** At least and at most, in pico-dollars (or tokens × 1e12); `most` null: no upper bound. */
export interface Range {
  readonly least: bigint;
  readonly most: bigint | null;
}

/** The price of a model: its name as exported, or without the provider in front (`openai/gpt-5`). Never a prefix: `x-5-5` is not `x-5`. */
export function priceOf(model: string, prices: Prices): Prices[string] | undefined {
  const bare = model.slice(model.lastIndexOf('/') + 1);
  return Object.hasOwn(prices, model) ? prices[model] : Object.hasOwn(prices, bare) ? prices[bare] : undefined;
}

/**
 * What tokens cost at least and at most. The configuration knows two prices; a
 * class it does not know is bounded by what providers charge for it: a cache
 * read costs at most its input price, a cache write between one and two times
 * that (Anthropic's 5-minute and 1-hour writes are 1.25 and 2). Tokens that
 * nobody split lie between the cheaper and the dearer price.
 */
export function estimate(tokens: bigint, kind: TokenKind, price: Prices[string]): Range {
  const input = tokenCost(tokens, picoFromDollars(price.input));
  const output = tokenCost(tokens, picoFromDollars(price.output));
  switch (kind) {
    case 'input':
      return { least: input, most: input };
    case 'output':
      return { least: output, most: output };
    case 'cacheRead':
      return { least: 0n, most: input };
    case 'cacheWrite':
      return { least: input, most: input * 2n };
    case 'unsplit':
      return input < output ? { least: input, most: output } : { least: output, most: input };
    case 'ignored':
      return { least: 0n, most: 0n };
  }
}

export const zero: Range = { least: 0n, most: 0n };

/** Both happened. */
export function add(a: Range, b: Range): Range {
  return { least: a.least + b.least, most: a.most === null || b.most === null ? null : a.most + b.most };
}

/** Two counters that may or may not count the same requests: at least the greater, at most both. */
export function overlap(a: Range, b: Range): Range {
  if (a.least < b.least) return { ...add(a, b), least: b.least };
  return { ...add(a, b), least: a.least };
}
