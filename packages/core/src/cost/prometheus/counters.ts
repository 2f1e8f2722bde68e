import { type SpendFamily, spendFamilies, type TokenKind, tokenKind } from '../../evidence/prometheus/spend-sources.ts';
import type { CounterFamily } from '../../model/usage.ts';

/** What growth of a counter is. Tokens named `…OfInput` are counted in the input as well. */
export type Meaning = TokenKind | 'cacheReadOfInput' | 'cacheWriteOfInput' | 'reasoning' | 'requests' | 'dollars';

/** A family of counters as the ledger reads it. */
export interface UsageFamily {
  readonly id: CounterFamily;
  /** Names and labels, shared with the budget checks of diagnose. */
  readonly spend: SpendFamily;
  /** Parts of what the token counters hold, and calls of models (never tasks of agents). */
  readonly more: readonly { readonly metrics: readonly string[]; readonly meaning: Meaning }[];
  readonly projectLabels: readonly string[];
  readonly providerLabels: readonly string[];
  readonly provider: string;
}

const plain = { more: [], projectLabels: [], providerLabels: [], provider: '' };

/** By the family's name in spend-sources.ts. */
const extras: Readonly<Record<string, Omit<UsageFamily, 'spend'>>> = {
  LiteLLM: {
    ...plain,
    id: 'litellm',
    // LiteLLM's input holds the tokens of the provider's cache (docs.litellm.ai/docs/proxy/prometheus).
    more: [
      { metrics: ['litellm_provider_cache_read_input_tokens_metric_total'], meaning: 'cacheReadOfInput' },
      { metrics: ['litellm_provider_cache_creation_input_tokens_metric_total'], meaning: 'cacheWriteOfInput' },
      { metrics: ['litellm_output_reasoning_tokens_metric_total'], meaning: 'reasoning' },
      { metrics: ['litellm_requests_metric_total'], meaning: 'requests' },
    ],
    projectLabels: ['team_alias', 'team'],
  },
  'Claude Code': { ...plain, id: 'claude-code', provider: 'anthropic' },
  ai_agent: { ...plain, id: 'ai-agent' },
  agent: { ...plain, id: 'agent', more: [{ metrics: ['llm_calls_total', 'llm_requests_total'], meaning: 'requests' }] },
  'OpenTelemetry GenAI': { ...plain, id: 'gen-ai', providerLabels: ['gen_ai_provider_name', 'gen_ai_system'] },
};

export const usageFamilies: readonly UsageFamily[] = spendFamilies.flatMap((spend) => {
  const extra = extras[spend.name];
  return extra === undefined ? [] : [{ ...extra, spend }];
});

/** Every metric that may be read. */
export const usageMetrics: readonly string[] = usageFamilies.flatMap(({ spend, more }) =>
  [...spend.tokens, ...more, { metrics: spend.dollars }].flatMap(({ metrics }) =>
    metrics.flatMap((name) => [name, ...observationsOf(name)]),
  ),
);

/** One counter that a server has. */
export interface PresentCounter {
  readonly metric: string;
  meaningOf(labels: Readonly<Record<string, string>>): Meaning;
}

/** Of each list of names the first that is there; undefined without a counter of tokens. */
export function presentCounters({ spend, more }: UsageFamily, names: ReadonlySet<string>): PresentCounter[] | undefined {
  const first = (metrics: readonly string[]): string | undefined => metrics.find((name) => names.has(name));
  const tokens = spend.tokens.flatMap(({ metrics, kind }): PresentCounter[] => {
    const metric = first(metrics);
    if (metric === undefined) return [];
    const observations = observationsOf(metric).find((name) => names.has(name));
    return [
      { metric, meaningOf: (labels) => kind ?? tokenKind(labels) },
      // Each call is in the histogram of its input and in that of its output: it is counted once.
      ...(observations === undefined
        ? []
        : [{ metric: observations, meaningOf: (labels: Readonly<Record<string, string>>) => requestsIn(tokenKind(labels)) }]),
    ];
  });
  if (tokens.length === 0) return undefined;
  const others = [...more, { metrics: spend.dollars, meaning: 'dollars' as const }].flatMap(({ metrics, meaning }): PresentCounter[] => {
    const metric = first(metrics);
    return metric === undefined ? [] : [{ metric, meaningOf: () => meaning }];
  });
  return [...tokens, ...others];
}

/** Beside the sum of a histogram of tokens by call there is the number of calls. */
function observationsOf(metric: string): string[] {
  return metric.endsWith('_sum') ? [metric.replace(/_sum$/, '_count')] : [];
}

function requestsIn(kind: TokenKind): Meaning {
  return kind === 'input' || kind === 'unsplit' ? 'requests' : 'ignored';
}
