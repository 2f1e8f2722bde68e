import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ledger } from '../../packages/core/src/cost/ledger/ledger.ts';
import { openLedger } from '../../packages/core/src/cost/ledger/open.ts';
import { ingestSpendTable } from '../../packages/core/src/cost/litellm/ingest.ts';
import { readSpendTable, type SpendPage } from '../../packages/core/src/cost/litellm/spend-tables.ts';
import { createPriceBook } from '../../packages/core/src/cost/prices/book.ts';
import type { UsageRecord } from '../../packages/core/src/model/usage.ts';
import { testHost } from '../support/host.ts';
import { describeReal } from './support.ts';

/** LiteLLM's own tables; the head of the file says how they were made. */
const schema = readFileSync(join(import.meta.dirname, '../fixtures/litellm/spend-tables.sql'), 'utf8');
const canary = 'CANARY-conversation';

const noon = '2026-11-01 12:00:00';

interface LogRow {
  readonly id: string;
  readonly start?: string;
  readonly prompt?: number;
  readonly completion?: number;
  readonly metadata?: object | string;
  readonly cacheHit?: string;
  readonly spend?: number;
}

describeReal(['postgres'], 'LiteLLM’s spend tables', ({ postgres }) => {
  const name = `litellm_${randomBytes(5).toString('hex')}`;
  const at = (user = postgres.user, password = postgres.password): string =>
    `postgres://${user}:${password}@${postgres.host}:${postgres.port}/${name}`;
  const folder = mkdtempSync(join(tmpdir(), 'agentops-litellm-'));
  let admin: pg.Client;
  let ledger: Ledger;

  const run = async (url: string, sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };

  async function addLog(row: LogRow): Promise<void> {
    const { id, start = noon, prompt = 100, completion = 10, metadata = {}, cacheHit = 'False', spend = 0 } = row;
    await admin.query(
      `INSERT INTO "LiteLLM_SpendLogs" (request_id, call_type, api_key, spend, total_tokens, prompt_tokens, completion_tokens, "startTime", "endTime",
         model, model_group, custom_llm_provider, metadata, cache_hit, request_tags, team_id, messages, response, proxy_server_request,
         session_id, status, agent_id, request_duration_ms)
       VALUES ($1, 'acompletion', 'hash', $2, $3::int + $4::int, $3::int, $4::int, $5::timestamp, $5::timestamp + interval '2 seconds',
         'claude-sonnet-4-5', 'sonnet', 'anthropic', $6, $7, '["agent:planner", "task:review"]', 'team-a', $8, $8, $8, 's1', 'success', null, 1500)`,
      [id, spend, prompt, completion, start, JSON.stringify(metadata), cacheHit, JSON.stringify({ text: canary })],
    );
  }

  async function readAll(url: string, table: 'logs' | 'daily' = 'logs', pageSize = 5000) {
    const pages: SpendPage[] = [];
    const reading = await readSpendTable(url, testHost(), { table, from: 0, pageSize }, async (page) => {
      pages.push(page);
    });
    return { reading, pages, records: pages.flatMap((page) => [...page.records]) };
  }

  beforeAll(async () => {
    await run(postgres.url, `CREATE DATABASE ${name}`);
    admin = new pg.Client({ connectionString: at() });
    await admin.connect();
    await admin.query(schema);
    ledger = await openLedger(join(folder, 'ledger.db'), createPriceBook(), testHost());
    await addLog({
      id: 'chatcmpl-1',
      start: '2026-11-01 00:30:00.123',
      prompt: 1000,
      completion: 50,
      spend: 0.001,
      metadata: {
        user_api_key_alias: 'ci-key',
        user_api_key_team_alias: 'platform',
        requester_metadata: { note: canary },
        usage_object: {
          prompt_tokens_details: {
            cached_tokens: 800,
            cache_creation_tokens: 100,
            cache_creation_token_details: { ephemeral_1h_input_tokens: 60 },
          },
          completion_tokens_details: { reasoning_tokens: 20 },
        },
        additional_usage_values: {
          cache_read_input_tokens: 800,
          cache_creation_input_tokens: 100,
          server_tool_use: { web_search_requests: 2 },
          citations: [canary],
        },
      },
    });
    await addLog({ id: 'chatcmpl-2', cacheHit: 'True' });
    await addLog({ id: 'chatcmpl-3', metadata: `text ${canary}` });
    await addLog({ id: 'chatcmpl-4', prompt: 7 });
    await admin.query(`CREATE ROLE reader_${name} LOGIN PASSWORD 'reader'; CREATE ROLE narrow_${name} LOGIN PASSWORD 'narrow'`);
    await admin.query(`CREATE ROLE nobody_${name} LOGIN PASSWORD 'nobody'; GRANT SELECT ON "LiteLLM_SpendLogs" TO reader_${name}`);
    await admin.query(
      `GRANT SELECT (request_id, "startTime", model, prompt_tokens, completion_tokens, custom_llm_provider) ON "LiteLLM_SpendLogs" TO narrow_${name}`,
    );
  });

  afterAll(async () => {
    await ledger.close();
    for (const role of ['reader', 'narrow', 'nobody']) await admin.query(`DROP OWNED BY ${role}_${name}; DROP ROLE ${role}_${name}`);
    await admin.end();
    await run(postgres.url, `DROP DATABASE ${name}`);
    rmSync(folder, { recursive: true, force: true });
  });

  it('reads requests: cache and reasoning tokens apart, times in UTC, nothing that was said', async () => {
    const { reading, records, pages } = await readAll(at(`reader_${name}`, 'reader'));
    expect(reading).toEqual({ ok: true, source: `litellm postgres://127.0.0.1:${postgres.port}/${name}`, rows: 4, gaps: [] });
    expect(records[0]).toEqual({
      key: 'chatcmpl-1',
      source: 'litellm',
      at: Date.parse('2026-11-01T00:30:00.123Z'),
      model: 'claude-sonnet-4-5',
      provider: 'anthropic',
      agent: 'planner',
      session: 's1',
      task: 'review',
      project: 'platform',
      tokens: { input: 100, output: 50, cacheRead: 800, cacheWrite5m: 40, cacheWrite1h: 60 },
      reasoning: 20,
      requests: 1,
      webSearches: 2,
      serviceTier: '',
      geo: '',
      sidechain: false,
      status: 'ok',
      latencyMs: 1500,
      claimedPico: 1_000_000_000n,
    } satisfies UsageRecord);
    expect(records.map(({ key, tokens }) => [key, tokens.input])).toEqual([['chatcmpl-1', 100], ['chatcmpl-2', 0], ['chatcmpl-4', 7]]); // biome-ignore format: short
    expect(pages.flatMap((page) => [...page.rejects])).toEqual([
      {
        source: `litellm postgres://127.0.0.1:${postgres.port}/${name}`,
        line: 0,
        reason: 'unknown-shape',
        detail: 'metadata is text, not an object',
      },
    ]);
    const everything = JSON.stringify([reading, pages], (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    expect(everything).not.toContain(canary);
  });

  it.each([1, 2, 3])('pages of %i rows: every row once', async (pageSize) => {
    const { pages } = await readAll(at(), 'logs', pageSize);
    expect(pages.map(({ lines }) => lines).reduce((sum, lines) => sum + lines)).toBe(4);
    expect(pages.flatMap((page) => page.records.map(({ key }) => key))).toEqual(['chatcmpl-1', 'chatcmpl-2', 'chatcmpl-4']);
  });

  it('says what columns it may not see, and what that means', async () => {
    const { reading, records } = await readAll(at(`narrow_${name}`, 'narrow'));
    expect(reading).toMatchObject({
      ok: true,
      rows: 4,
      gaps: [
        { reason: 'forbidden', detail: expect.stringContaining('metadata cannot be read: tokens of the prompt cache') },
        { reason: 'forbidden', detail: expect.stringContaining('cache_hit cannot be read') },
      ],
    });
    expect(records[0]?.tokens).toMatchObject({ input: 1000, cacheRead: 0 });
  });

  describe('says why it could not read', () => {
    it.each<[string, () => string, object]>([
      [
        'no permission',
        () => at(`nobody_${name}`, 'nobody'),
        { reason: 'forbidden', hint: expect.stringMatching(/^GRANT SELECT \("request_id", /) },
      ],
      ['a wrong password', () => at(`reader_${name}`, 'CANARY-wrong'), { reason: 'unauthorized', detail: 'authentication failed' }],
      ['a database without LiteLLM', () => postgres.url, { reason: 'absent', detail: 'table "LiteLLM_SpendLogs" is not there' }],
      ['no such database', () => at().replace(name, 'nowhere'), { reason: 'absent', detail: 'no such database' }],
      ['nobody there', () => at().replace(`:${postgres.port}`, ':1'), { reason: 'unreachable', detail: 'connection refused' }],
    ])('%s', async (_what, url, expected) => {
      const { reading, pages } = await readAll(url());
      expect(reading).toMatchObject({ ok: false, ...expected });
      expect(JSON.stringify(reading)).not.toContain('CANARY');
      expect(pages).toEqual([]);
    });
  });

  it('reads only what is new into the ledger, and rows that came late', async () => {
    const ingest = () => ingestSpendTable(ledger, at(), testHost(), { table: 'logs' });
    expect(await ingest()).toMatchObject({ ok: true, rows: 4, counted: 3, duplicate: 0 });
    // Begun before the last row, written after it.
    await addLog({ id: 'late', start: '2026-11-01 11:00:00' });
    await addLog({ id: 'next', start: '2026-11-03 12:00:00' });
    expect(await ingest()).toMatchObject({ ok: true, counted: 2 });
    expect(await ingest()).toMatchObject({ ok: true, rows: 1, counted: 0, duplicate: 1 });
    expect(await ledger.state()).toMatchObject({ records: 5 });
    const [cursor] = await ledger.cursors('litellm');
    expect([cursor?.path, cursor?.offset]).toEqual([
      `litellm logs postgres://127.0.0.1:${postgres.port}/${name}`,
      Date.parse('2026-11-03T12:00:00Z'),
    ]);
  });

  it('a ledger that fails is not taken for a LiteLLM that fails', async () => {
    await expect(
      readSpendTable(at(), testHost(), { table: 'logs', from: 0 }, async () => {
        throw new Error('disk full');
      }),
    ).rejects.toThrow('disk full');
  });

  it('reads the daily rollup; a day that grew replaces what it was', async () => {
    await admin.query(
      `INSERT INTO "LiteLLM_DailyUserSpend" (id, user_id, date, api_key, model, custom_llm_provider, prompt_tokens, completion_tokens, spend, updated_at,
         api_requests, cache_read_input_tokens, cache_creation_input_tokens)
       VALUES ('d1', 'u', '2026-11-01', 'k', 'claude-opus-5', 'anthropic', 1000, 10, 0.5, now(), 3, 700, 100)`,
    );
    const { records } = await readAll(at(), 'daily');
    expect(records).toMatchObject([
      {
        at: Date.parse('2026-11-01T00:00:00Z'),
        model: 'claude-opus-5',
        requests: 3,
        tokens: { input: 200, output: 10, cacheRead: 700, cacheWrite5m: 100 },
        claimedPico: 500_000_000_000n,
      },
    ]);
    const daily = await openLedger(join(folder, 'daily.db'), createPriceBook(), testHost());
    const ingest = () => ingestSpendTable(daily, at(), testHost(), { table: 'daily' });
    expect(await ingest()).toMatchObject({ ok: true, counted: 1 });
    await admin.query(`UPDATE "LiteLLM_DailyUserSpend" SET prompt_tokens = 5000, api_requests = 9 WHERE id = 'd1'`);
    expect(await ingest()).toMatchObject({ ok: true, counted: 0, duplicate: 1 });
    const query = { from: Date.parse('2026-11-01T00:00:00Z'), to: Date.parse('2026-11-02T00:00:00Z'), by: [] };
    expect(await daily.rows(query)).toMatchObject([{ requests: 9, input: 4200, cacheRead: 700 }]);
    await daily.close();
  });
});
