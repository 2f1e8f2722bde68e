import { firstLabel } from './profiles/profile.ts';

/** A family of metrics that tells what was spent: by a counter of dollars, else by counters of tokens. */
export interface SpendFamily {
  readonly name: string;
  /** Counters of US dollars; the first that is there is read. */
  readonly dollars: readonly string[];
  /** Counters of tokens; each inner list holds names of the same thing, and all found are added. */
  readonly tokens: readonly TokenCounter[];
  readonly agentLabels: readonly string[];
  readonly sessionLabels: readonly string[];
  readonly modelLabels: readonly string[];
  /** A gateway counts the requests of all agents behind it. */
  readonly gateway?: boolean;
}

export interface TokenCounter {
  readonly metrics: readonly string[];
  /** The class of all its tokens; absent: a label says, or nothing does. */
  readonly kind?: TokenKind;
}

/** `unsplit`: input or output, nobody says which. */
export type TokenKind = 'input' | 'output' | 'cacheRead' | 'cacheWrite' | 'unsplit' | 'ignored';

const kinds: Readonly<Record<string, TokenKind>> = {
  input: 'input',
  prompt: 'input',
  in: 'input',
  output: 'output',
  completion: 'output',
  out: 'output',
  reasoning: 'output',
  cacheread: 'cacheRead',
  cachereadinput: 'cacheRead',
  cached: 'cacheRead',
  cachecreation: 'cacheWrite',
  cachewrite: 'cacheWrite',
  cachecreationinput: 'cacheWrite',
  // A total beside its parts would count everything twice.
  total: 'ignored',
};

/** The class of tokens in a series, by the labels in use for it. */
export function tokenKind(labels: Readonly<Record<string, string>>): TokenKind {
  const word = firstLabel(labels, ['gen_ai_token_type', 'token_type', 'type', 'direction', 'kind']);
  if (word === undefined) return 'unsplit';
  return (
    kinds[
      word
        .toLowerCase()
        .replaceAll(/[^a-z]/g, '')
        .replace(/tokens?$/, '')
    ] ?? 'unsplit'
  );
}

const agents = ['agent_type', 'agent', 'agent_name'];
const sessions = ['session_id', 'session', 'conversation_id'];
const models = ['model', 'model_name'];

export const spendFamilies: readonly SpendFamily[] = [
  {
    name: 'LiteLLM',
    dollars: ['litellm_spend_metric_total'],
    tokens: [
      { metrics: ['litellm_input_tokens_metric_total'], kind: 'input' },
      { metrics: ['litellm_output_tokens_metric_total'], kind: 'output' },
    ],
    agentLabels: ['agent_id', 'api_key_alias', 'team_alias', 'end_user'],
    sessionLabels: sessions,
    modelLabels: models,
    gateway: true,
  },
  {
    name: 'Claude Code',
    dollars: ['claude_code_cost_usage_USD_total', 'claude_code_cost_usage_total', 'claude_code_cost_usage_usd_total'],
    tokens: [{ metrics: ['claude_code_token_usage_tokens_total', 'claude_code_token_usage_total'] }],
    agentLabels: ['agent_name', 'agent_type', 'query_source'],
    sessionLabels: sessions,
    modelLabels: models,
  },
  {
    name: 'ai_agent',
    dollars: ['ai_agent_cost_usd_total', 'ai_agent_cost_dollars_total', 'ai_agent_cost_total'],
    tokens: [{ metrics: ['ai_agent_token_usage_total', 'ai_agent_tokens_total'] }],
    agentLabels: agents,
    sessionLabels: sessions,
    modelLabels: models,
  },
  {
    name: 'agent',
    dollars: ['agent_cost_usd_total', 'agent_cost_dollars_total', 'llm_cost_usd_total', 'llm_cost_dollars_total'],
    tokens: [
      { metrics: ['llm_tokens_total', 'llm_token_usage_total', 'agent_tokens_total', 'agent_token_usage_total', 'tokens_per_request_sum'] },
    ],
    agentLabels: agents,
    sessionLabels: sessions,
    modelLabels: models,
  },
  {
    name: 'OpenTelemetry GenAI',
    dollars: [],
    tokens: [{ metrics: ['gen_ai_client_token_usage_sum', 'gen_ai_client_token_usage_tokens_sum', 'gen_ai_client_token_usage_token_sum'] }],
    agentLabels: ['gen_ai_agent_name'],
    sessionLabels: ['gen_ai_conversation_id', ...sessions],
    modelLabels: ['gen_ai_response_model', 'gen_ai_request_model'],
  },
];
