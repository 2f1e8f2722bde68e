import { firstLabel, nothing, type Profile, type RowKey } from './profile.ts';

const models = ['gen_ai_response_model', 'gen_ai_request_model'];
const operation = 'gen_ai_operation_name';

/**
 * OpenTelemetry's GenAI conventions as they arrive in Prometheus, with and
 * without the unit in the name. `invoke_agent` is a task, `execute_tool` a tool
 * call, `create_agent` neither; everything else (chat, text_completion,
 * generate_content, embeddings) is a call of a model. `error.type` is set if and
 * only if the operation failed.
 * https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
 */
export const genAi: Profile = {
  profile: 'gen_ai',
  groups: [
    {
      requests: ['gen_ai_client_operation_duration_seconds_count', 'gen_ai_client_operation_duration_count'],
      outcomeLabels: [],
      errorLabel: 'error_type',
      failures: [],
      latency: ['gen_ai_client_operation_duration_seconds', 'gen_ai_client_operation_duration'],
      steps: nothing,
      tokens: {
        counters: ['gen_ai_client_token_usage_sum', 'gen_ai_client_token_usage_tokens_sum', 'gen_ai_client_token_usage_token_sum'],
        distributions: [],
      },
      cost: nothing,
      active: [],
      labels: [operation, 'gen_ai_agent_name', ...models],
      rows: (labels) => {
        const agentName = firstLabel(labels, ['gen_ai_agent_name']);
        if (labels[operation] === 'invoke_agent') return [{ kind: 'agent', per: 'task', name: agentName ?? 'all' }];
        if (labels[operation] === 'execute_tool' || labels[operation] === 'create_agent') return [];
        const rows: RowKey[] = [{ kind: 'model', per: 'request', name: firstLabel(labels, models) ?? 'all' }];
        if (agentName !== undefined) rows.push({ kind: 'agent', per: 'request', name: agentName });
        return rows;
      },
    },
  ],
  tools: {
    calls: ['gen_ai_client_operation_duration_seconds_count', 'gen_ai_client_operation_duration_count'],
    outcomeLabels: [],
    errorLabel: 'error_type',
    labels: ['gen_ai_tool_name'],
    matchers: [`${operation}="execute_tool"`],
  },
};
