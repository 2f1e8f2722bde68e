import { describe, expect, it } from 'vitest';
import { dailyQuery, logsQuery, tableColumns } from '../../../packages/core/src/cost/litellm/sql.ts';

const all = (table: 'logs' | 'daily'): Set<string> => {
  const { required, optional } = tableColumns[table];
  return new Set([...required, ...optional.map(({ name }) => name)]);
};
const forbidden = ['messages', 'response', 'proxy_server_request', 'requester_ip_address', 'api_base', 'cache_key', 'end_user', '"user"'];

describe('the queries on LiteLLM’s tables', () => {
  it.each([
    ['logs', logsQuery(all('logs'), 10)],
    ['logs, with every column that the table has', logsQuery(new Set([...all('logs'), ...forbidden]), 10)],
    ['daily', dailyQuery(all('daily'), 10)],
  ])('%s: select nothing of a conversation', (_what, sql) => {
    for (const column of forbidden) expect(sql).not.toContain(column);
    expect(sql).not.toMatch(/\*\s*FROM|SELECT \*/);
    // Never the whole of metadata: only named counts and names inside it.
    expect(sql).not.toMatch(/(?<!AS )\bmetadata\b(?! ->| #>|\))/);
  });

  it('select only what may be read', () => {
    const sql = logsQuery(new Set(['request_id', 'startTime', 'model', 'prompt_tokens', 'completion_tokens', 'spend']), 7);
    expect(sql).toMatch(/^SELECT "request_id", .* AS "startTime", "model", "prompt_tokens", "completion_tokens", "spend", /);
    expect(sql).toMatch(/LIMIT 7$/);
  });
});
