import { firstLabel, type Profile } from './profile.ts';

const agentLabels = ['agent_type', 'agent', 'agent_name'];

/** `ai_agent_*`: what agents export with a Prometheus client of their own, labelled by `agent_type`. */
export const aiAgent: Profile = {
  profile: 'ai_agent',
  groups: [
    {
      requests: ['ai_agent_requests_total', 'ai_agent_tasks_total'],
      outcomeLabels: ['status', 'status_code', 'outcome', 'result'],
      failures: ['ai_agent_errors_total', 'ai_agent_failures_total', 'ai_agent_failed_requests_total'],
      latency: ['ai_agent_response_time_seconds', 'ai_agent_request_duration_seconds', 'ai_agent_latency_seconds'],
      steps: {
        counters: ['ai_agent_steps_total'],
        distributions: ['ai_agent_steps_per_task', 'ai_agent_task_steps', 'ai_agent_steps'],
      },
      tokens: {
        counters: ['ai_agent_token_usage_total', 'ai_agent_tokens_total'],
        distributions: ['ai_agent_tokens_per_task', 'ai_agent_tokens_per_request'],
      },
      cost: {
        counters: ['ai_agent_cost_usd_total', 'ai_agent_cost_dollars_total', 'ai_agent_cost_total'],
        distributions: ['ai_agent_cost_per_task_usd', 'ai_agent_cost_usd'],
      },
      active: ['ai_agent_active', 'ai_agent_active_agents', 'ai_agents_active', 'ai_agent_active_count', 'ai_agent_active_instances'],
      labels: agentLabels,
      rows: (labels) => [{ kind: 'agent', per: 'task', name: firstLabel(labels, agentLabels) ?? 'all' }],
    },
  ],
};
