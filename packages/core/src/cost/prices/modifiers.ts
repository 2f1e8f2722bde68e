import { unsplitTier } from '../../model/usage.ts';
import { type Fraction, multiply, one } from './decimal.ts';
import { isClaude, type ModelPrice, type PricedTier } from './model-price.ts';

/** What a service tier and a geography make of the standard price. */
export type Modifier =
  | {
      readonly known: true;
      /** On the standard price of every token class; not needed where the source prices the tier itself. */
      readonly factor: Fraction;
      readonly geo: Fraction;
      readonly tier: PricedTier | undefined;
      readonly label: string;
    }
  /** The price is not published: `floor` × standard is certain. */
  | { readonly known: false; readonly floor: Fraction; readonly why: string };

const fraction = (n: number, d: number): Fraction => ({ n: BigInt(n), d: BigInt(d) });
const half = fraction(1, 2);
const nothing = fraction(0, 1);

/** Names that mean the list price. `default` is OpenAI's, `on_demand` Groq's and Bedrock's. */
const standardTiers = new Set(['', 'standard', 'default', 'auto', 'on_demand', 'on-demand', 'standard_only']);

/**
 * Batch is half the list price with every provider that publishes one, but for
 * xAI, which takes a fifth off (docs.x.ai/docs/models).
 */
const batchFactors: Readonly<Record<string, Fraction>> = { 'x-ai': fraction(4, 5) };

/** OpenAI's priority processing, from openai.com/api/pricing: by model, the same for input, cached input and output. */
const priorityFactors: Readonly<Record<string, Fraction>> = {
  'gpt-4.1': fraction(7, 4),
  'gpt-4.1-mini': fraction(7, 4),
  'gpt-4.1-nano': fraction(2, 1),
  'gpt-4o': fraction(17, 10),
  'gpt-4o-2024-05-13': fraction(7, 4),
  'gpt-4o-mini': fraction(5, 3),
  'gpt-5': fraction(2, 1),
  'gpt-5-mini': fraction(9, 5),
  'gpt-5.1': fraction(2, 1),
  'gpt-5.2': fraction(2, 1),
  'gpt-5.3-codex': fraction(2, 1),
  'gpt-5.4': fraction(2, 1),
  'gpt-5.4-mini': fraction(2, 1),
  'gpt-5.5': fraction(5, 2),
  'gpt-5.6-luna': fraction(2, 1),
  'gpt-5.6-sol': fraction(2, 1),
  'gpt-5.6-terra': fraction(2, 1),
  'gpt-6-astra': fraction(2, 1),
  'gpt-6-luna': fraction(2, 1),
  'gpt-6-sol': fraction(2, 1),
  o3: fraction(7, 4),
  'o4-mini': fraction(20, 11),
};

/** Anthropic's fast mode (`speed: fast`), platform.claude.com/docs/en/about-claude/pricing#fast-mode-pricing: × the standard price, long context included. */
const fastFactors: Readonly<Record<string, Fraction>> = {
  'claude-opus-4-6': fraction(6, 1),
  'claude-opus-4-8': fraction(2, 1),
  'claude-opus-5': fraction(2, 1),
  'claude-opus-5-5': fraction(2, 1),
};

/**
 * `inference_geo: us` costs 1.1 × for every token class on Anthropic's own API
 * from Opus 4.6 and Sonnet 4.6 on (platform.claude.com/docs/en/manage-claude/data-residency);
 * these older models do not take the parameter.
 */
const withoutGeo = /^claude-(2|3|v2|instant|opus-4-[015]$|sonnet-4-[05]$|haiku-4-5$)/;
const usPremium = fraction(11, 10);

function tierModifier(model: ModelPrice, serviceTier: string): Modifier {
  const name = serviceTier.toLowerCase();
  const known = (factor: Fraction, tier: PricedTier, label: string): Modifier => ({ known: true, factor, geo: one, tier, label });
  if (standardTiers.has(name)) return { known: true, factor: one, geo: one, tier: undefined, label: '' };
  if (name === 'batch') return known(batchFactors[model.provider] ?? half, 'batch', ' batch');
  // Flex tokens are billed at the batch rates (platform.openai.com/docs/guides/flex-processing).
  if (name === 'flex' && (model.provider === 'openai' || model.tierEras?.flex)) return known(half, 'flex', ' flex');
  if (name === 'priority') {
    const factor = model.provider === 'openai' || model.provider === 'azure' ? priorityFactors[model.id] : undefined;
    if (factor !== undefined || model.tierEras?.priority) return known(factor ?? one, 'priority', ' priority');
    // OpenAI's priority is never below the list price; Anthropic's is a commitment whose price is the customer's own.
    const floor = model.provider === 'openai' ? one : nothing;
    return { known: false, floor, why: `no published price for the priority tier of ${model.id}` };
  }
  if (name === 'fast') {
    const factor = model.factors?.fast ?? (model.provider === 'anthropic' ? fastFactors[model.id] : undefined);
    if (factor !== undefined) return known(factor, 'fast', ' fast');
    return { known: false, floor: one, why: `no published price for fast mode of ${model.id}` };
  }
  if (name === unsplitTier) return { known: false, floor: one, why: 'input and output are not told apart' };
  return { known: false, floor: nothing, why: `no list price for service tier ${JSON.stringify(serviceTier.slice(0, 40))}` };
}

/** The modifier of one (model, service tier, geography); computed once for each. */
export function modifierOf(model: ModelPrice, serviceTier: string, geo: string): Modifier {
  const tier = tierModifier(model, serviceTier);
  const premium = geo.toLowerCase() === 'us' ? usFactor(model) : undefined;
  if (premium === undefined) return tier;
  if (!tier.known) return { ...tier, floor: multiply(tier.floor, premium) };
  return { ...tier, geo: premium, label: `${tier.label} us` };
}

function usFactor(model: ModelPrice): Fraction | undefined {
  if (model.factors?.us) return model.factors.us;
  return model.provider === 'anthropic' && isClaude(model.id) && !withoutGeo.test(model.id) ? usPremium : undefined;
}
