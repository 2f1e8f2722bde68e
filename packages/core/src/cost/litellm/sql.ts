/** `logs`: one row a request. `daily`: LiteLLM's rollup by user, key, model and day, for where the logs are off. */
export type SpendTable = 'logs' | 'daily';

export const tableNames: Readonly<Record<SpendTable, string>> = { logs: 'LiteLLM_SpendLogs', daily: 'LiteLLM_DailyUserSpend' };

interface OptionalColumn {
  readonly name: string;
  /** What cannot be told without it; absent where nothing of weight. */
  readonly gap?: string;
}

/** Columns that are read; LiteLLM's versions differ in the optional ones. Never `messages`, `response`, `proxy_server_request`. */
export const tableColumns: Readonly<
  Record<SpendTable, { readonly required: readonly string[]; readonly optional: readonly OptionalColumn[] }>
> = {
  logs: {
    required: ['request_id', 'startTime', 'model', 'prompt_tokens', 'completion_tokens'],
    optional: [
      { name: 'metadata', gap: 'tokens of the prompt cache are counted and priced as input' },
      { name: 'cache_hit', gap: 'requests that LiteLLM answered from its own cache are priced as if the provider had' },
      { name: 'endTime' },
      { name: 'request_duration_ms' },
      { name: 'model_group' },
      { name: 'custom_llm_provider' },
      { name: 'spend' },
      { name: 'request_tags' },
      { name: 'team_id' },
      { name: 'session_id' },
      { name: 'status' },
      { name: 'agent_id' },
    ],
  },
  daily: {
    required: ['id', 'date', 'model', 'prompt_tokens', 'completion_tokens', 'api_requests'],
    optional: [
      { name: 'cache_read_input_tokens', gap: 'tokens of the prompt cache are counted and priced as input' },
      { name: 'cache_creation_input_tokens', gap: 'tokens of the prompt cache are counted and priced as input' },
      { name: 'user_id' },
      { name: 'api_key' },
      { name: 'model_group' },
      { name: 'custom_llm_provider' },
      { name: 'mcp_namespaced_tool_name' },
      { name: 'endpoint' },
      { name: 'spend' },
    ],
  },
};

/** The columns are `timestamp without time zone` in UTC. */
const milliseconds = (column: string): string => `round(extract(epoch from "${column}") * 1000)::bigint`;

/** Counts of a usage object, and nothing that a provider may have put beside them. */
const usageFields = [
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'cache_creation',
  'prompt_tokens_details',
  'completion_tokens_details',
  'server_tool_use',
  'service_tier',
];

const usage = (name: string): string => {
  const fields = usageFields.map((field) => `'${field}', metadata #> '{${name},${field}}'`);
  return `jsonb_strip_nulls(jsonb_build_object(${fields.join(', ')}))`;
};

const metadata = `jsonb_build_object(
  'user_api_key_alias', metadata -> 'user_api_key_alias', 'user_api_key_team_alias', metadata -> 'user_api_key_team_alias',
  'status', metadata -> 'status', 'usage_object', ${usage('usage_object')}, 'additional_usage_values', ${usage('additional_usage_values')}
) AS metadata, jsonb_typeof(metadata) AS metadata_kind`;

/** Parameters: ms and request_id of the last row that was read. */
export function logsQuery(columns: ReadonlySet<string>, limit: number): string {
  const special: Readonly<Record<string, string>> = {
    metadata,
    startTime: `${milliseconds('startTime')} AS "startTime"`,
    endTime: `${milliseconds('endTime')} AS "endTime"`,
  };
  // The bound as a timestamp, so that LiteLLM's index on (startTime, request_id) serves it.
  return `SELECT ${selected('logs', columns, special)}, ${milliseconds('startTime')} AS position_at, request_id AS position_id
    FROM "LiteLLM_SpendLogs"
    WHERE ("startTime", request_id) > (to_timestamp($1::bigint / 1000.0) AT TIME ZONE 'UTC', $2::text)
    ORDER BY "startTime", request_id LIMIT ${limit}`;
}

/** Parameters: ms of the day and id of the last row that was read. `date` is text, `YYYY-MM-DD`. */
export function dailyQuery(columns: ReadonlySet<string>, limit: number): string {
  const day = `to_char(to_timestamp($1::bigint / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD')`;
  return `SELECT ${selected('daily', columns, {})}, (extract(epoch from to_date(date, 'YYYY-MM-DD')) * 1000)::bigint AS position_at, id AS position_id
    FROM "LiteLLM_DailyUserSpend"
    WHERE (date, id) > (${day}, $2::text) ORDER BY date, id LIMIT ${limit}`;
}

function selected(table: SpendTable, columns: ReadonlySet<string>, special: Readonly<Record<string, string>>): string {
  const { required, optional } = tableColumns[table];
  return [...required, ...optional.map(({ name }) => name)]
    .filter((name) => columns.has(name))
    .map((name) => special[name] ?? `"${name}"`)
    .join(', ');
}
