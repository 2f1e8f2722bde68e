import { describe, expect, it } from 'vitest';
import { presentCounters, usageFamilies, usageMetrics } from '../../../packages/core/src/cost/prometheus/counters.ts';
import { spendFamilies } from '../../../packages/core/src/evidence/prometheus/spend-sources.ts';
import { counterFamilies } from '../../../packages/core/src/model/usage.ts';

function counters(id: string, ...names: string[]): [string, string][] | undefined {
  const family = usageFamilies.find((each) => each.id === id);
  return family && presentCounters(family, new Set(names))?.map(({ metric, meaningOf }) => [metric, meaningOf({})]);
}

describe('families', () => {
  it('every family of the budget checks has a name in the configuration', () => {
    expect(usageFamilies.map(({ spend }) => spend)).toEqual(spendFamilies);
    expect(usageFamilies.map(({ id }) => id).toSorted()).toEqual([...counterFamilies].toSorted());
  });

  it('of names for the same thing the first is read', () => {
    expect(counters('ai-agent', 'ai_agent_tokens_total', 'ai_agent_token_usage_total')).toEqual([
      ['ai_agent_token_usage_total', 'unsplit'],
    ]);
  });

  it('without a counter of tokens there is nothing to read', () => {
    expect(counters('litellm', 'litellm_spend_metric_total', 'litellm_requests_metric_total')).toBeUndefined();
  });

  it('calls of models count as requests, tasks of agents do not', () => {
    expect(counters('agent', 'llm_tokens_total', 'llm_calls_total', 'agent_runs_total')).toEqual([
      ['llm_tokens_total', 'unsplit'],
      ['llm_calls_total', 'requests'],
    ]);
    expect(usageMetrics).not.toContain('ai_agent_requests_total');
  });

  it('a histogram of tokens by call has the number of its calls beside it', () => {
    expect(counters('agent', 'tokens_per_request_sum', 'tokens_per_request_count')).toEqual([
      ['tokens_per_request_sum', 'unsplit'],
      ['tokens_per_request_count', 'requests'],
    ]);
    expect(usageMetrics).toContain('gen_ai_client_token_usage_count');
  });
});
