import { firstLabel, nothing, type Profile } from './profile.ts';

const agentLabels = ['agent_type', 'agent', 'agent_name'];
const modelLabels = ['model', 'model_name'];

/** `agent_*` for tasks, `llm_*` for the calls of models, `tool_*` for tools. */
export const agent: Profile = {
  profile: 'agent',
  groups: [
    {
      requests: ['agent_runs_total', 'agent_tasks_total', 'agent_requests_total'],
      outcomeLabels: ['status', 'outcome', 'result'],
      failures: ['agent_errors_total', 'agent_failures_total', 'agent_run_errors_total'],
      latency: ['agent_duration_seconds', 'agent_run_duration_seconds', 'agent_task_duration_seconds'],
      steps: {
        counters: ['agent_steps_total'],
        distributions: ['agent_steps_per_task', 'agent_steps_per_run', 'agent_run_steps', 'agent_steps'],
      },
      tokens: {
        counters: ['agent_tokens_total', 'agent_token_usage_total'],
        distributions: ['agent_tokens_per_task', 'agent_tokens_per_run'],
      },
      cost: {
        counters: ['agent_cost_usd_total', 'agent_cost_dollars_total'],
        distributions: ['agent_cost_per_task_usd', 'agent_cost_per_run_usd'],
      },
      active: ['agent_active', 'agents_active', 'active_agents', 'agent_active_count'],
      labels: agentLabels,
      rows: (labels) => [{ kind: 'agent', per: 'task', name: firstLabel(labels, agentLabels) ?? 'all' }],
    },
    {
      requests: ['llm_calls_total', 'llm_requests_total'],
      outcomeLabels: ['status', 'status_code', 'outcome'],
      failures: ['llm_errors_total', 'llm_call_errors_total'],
      latency: ['llm_latency_seconds', 'llm_request_duration_seconds', 'llm_call_duration_seconds'],
      steps: nothing,
      tokens: {
        counters: ['llm_tokens_total', 'llm_token_usage_total'],
        distributions: ['tokens_per_request', 'llm_tokens_per_request'],
      },
      cost: { counters: ['llm_cost_usd_total', 'llm_cost_dollars_total'], distributions: [] },
      active: [],
      labels: modelLabels,
      rows: (labels) => [{ kind: 'model', per: 'request', name: firstLabel(labels, modelLabels) ?? 'all' }],
    },
  ],
  tools: {
    calls: ['tool_calls_total', 'tool_invocations_total'],
    outcomeLabels: ['status', 'outcome', 'result'],
    labels: ['tool_name', 'tool'],
    matchers: [],
  },
};
