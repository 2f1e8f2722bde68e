import { firstLabel, nothing, type Profile } from './profile.ts';

// Requests carry the name a client asked for, spend only the model that answered: the first that is there.
const modelLabels = ['requested_model', 'model'];

/**
 * The LiteLLM proxy's own counters. It sees calls of models, not tasks, so its
 * rows are models. `litellm_requests_metric` counts successes only and is the
 * older name; `litellm_proxy_total_requests_metric` counts all, with a
 * `status_code`. https://docs.litellm.ai/docs/proxy/prometheus
 */
export const litellm: Profile = {
  profile: 'litellm',
  groups: [
    {
      requests: ['litellm_proxy_total_requests_metric_total', 'litellm_requests_metric_total'],
      successesOnly: ['litellm_requests_metric_total'],
      outcomeLabels: ['status_code'],
      failures: ['litellm_proxy_failed_requests_metric_total', 'litellm_llm_api_failed_requests_metric_total'],
      absentFailuresAreZero: true,
      latency: ['litellm_request_total_latency_metric', 'litellm_llm_api_latency_metric'],
      steps: nothing,
      tokens: { counters: ['litellm_total_tokens_metric_total'], distributions: [] },
      cost: { counters: ['litellm_spend_metric_total'], distributions: [] },
      active: [],
      labels: modelLabels,
      rows: (labels) => [{ kind: 'model', per: 'request', name: firstLabel(labels, modelLabels) ?? 'all' }],
    },
  ],
};
