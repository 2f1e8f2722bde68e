import { describe, expect, it } from 'vitest';
import { readLines } from './support.ts';

const header =
  'response_id,response_created_at,response_status,request_created_at,request_user_id,model,prompt_tokens,completion_tokens,latency,cost,request_properties';

describe('helicone', () => {
  it('reads every field of a row', () => {
    const row =
      'x1,2026-05-01T10:00:02Z,200,2026-05-01T10:00:00Z,u1,gpt-5,100,20,1999.6,0.002,"{""Helicone-Session-Id"":""s1"",""Agent"":""planner"",""task"":""refund"",""prompt"":""never""}"';
    expect(readLines('helicone', [header, row])).toEqual({
      records: [
        {
          key: 'x1',
          source: 'helicone',
          at: Date.UTC(2026, 4, 1, 10),
          model: 'gpt-5',
          provider: '',
          agent: 'planner',
          session: 's1',
          task: 'refund',
          project: '',
          tokens: { input: 100, output: 20, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
          reasoning: 0,
          requests: 1,
          webSearches: 0,
          serviceTier: '',
          geo: '',
          sidechain: false,
          status: 'ok',
          latencyMs: 2000,
          claimedPico: 2_000_000_000n,
        },
      ],
      rejects: [],
      empty: 1,
    });
  });

  it.each([
    [
      'a failed request without counts',
      'x,,500,2026-05-01T10:00:00Z,u,gpt-5,,,,,',
      { status: 'error', tokens: { input: 0, output: 0 }, requests: 1 },
    ],
    ['one that never got an answer', 'x,,-3,2026-05-01T10:00:00Z,u,gpt-5,,,,,', { status: 'error' }],
    ['ClickHouse’s time', 'x,,200,2026-05-01 10:00:00.000,u,gpt-5,1,2,,,', { at: Date.UTC(2026, 4, 1, 10) }],
    ['a line break inside quotes', 'x,,200,2026-05-01T10:00:00Z,"a\nb",gpt-5,1,2,,,', { tokens: { input: 1, output: 2 } }],
    ['a carriage return', 'x,,200,2026-05-01T10:00:00Z,u,gpt-5,1,2,,,\r', { tokens: { input: 1, output: 2 } }],
  ])('takes %s', (_, row, expected) => {
    expect(readLines('helicone', [header, row])).toMatchObject({ records: [expected], rejects: [] });
  });

  it('keys a row without ids on what it says', () => {
    const row = ',,200,2026-05-01T10:00:00Z,u,gpt-5,1,2,5,,';
    const { records } = readLines('helicone', [header, row, row, row.replace(',5,', ',6,')]);
    expect(new Set(records.map((record) => record.key)).size).toBe(2);
  });

  it.each([
    [
      'an answer without counts',
      'x,,200,2026-05-01T10:00:00Z,u,gpt-5,,,,,',
      'missing-field: prompt_tokens or completion_tokens is missing',
    ],
    ['too few cells', 'x,,200', 'unknown-shape: another number of cells than the header has'],
    ['a quote that does not close', 'x,,200,2026-05-01T10:00:00Z,u,gpt-5,1,2,,,"{', 'cut-short: a quoted cell does not end'],
    ['text behind a quote', 'x,,200,2026-05-01T10:00:00Z,"u"x,gpt-5,1,2,,,', 'unknown-shape: text after a quoted cell'],
    ['properties that are no JSON', 'x,,200,2026-05-01T10:00:00Z,u,gpt-5,1,2,,,{', 'not-json: request_properties is not JSON'],
    ['a count that is none', 'x,,200,2026-05-01T10:00:00Z,u,gpt-5,many,2,,,', 'bad-number: prompt_tokens is not a whole count'],
    [
      'text that is no UTF-8',
      Buffer.concat([Buffer.from('x,,200,2026-05-01T10:00:00Z,'), Buffer.from([0xff]), Buffer.from(',gpt-5,1,2,,,')]),
      'not-utf8: not valid UTF-8',
    ],
  ])('rejects %s', (_, row, reject) => {
    expect(readLines('helicone', [header, row])).toEqual({ records: [], rejects: [reject], empty: 1 });
  });

  it('says which columns a header lacks', () => {
    expect(readLines('helicone', ['a,b']).rejects).toEqual([
      'missing-field: the header has no request_created_at, model, prompt_tokens, completion_tokens',
    ]);
  });
});

describe('agentops', () => {
  const row = {
    timestamp: '2026-05-01T12:00:00+02:00',
    model: 'gpt-5',
    agent: 'planner',
    session: 's1',
    input_tokens: 10,
    output_tokens: 20,
    cache_read_tokens: 30,
    cache_write_5m_tokens: 40,
    cache_write_1h_tokens: 50,
    reasoning_tokens: 5,
    status: 'ok',
    latency_ms: 1234.5,
    request_id: 'r1',
    task: 'refund',
  };
  const record = {
    key: 'r1',
    source: 'agentops',
    at: Date.UTC(2026, 4, 1, 10),
    model: 'gpt-5',
    provider: '',
    agent: 'planner',
    session: 's1',
    task: 'refund',
    project: '',
    tokens: { input: 10, output: 20, cacheRead: 30, cacheWrite5m: 40, cacheWrite1h: 50 },
    reasoning: 5,
    requests: 1,
    webSearches: 0,
    serviceTier: '',
    geo: '',
    sidechain: false,
    status: 'ok',
    latencyMs: 1235,
    claimedPico: null,
  };

  it('reads every documented field of a JSON line', () => {
    expect(readLines('agentops-jsonl', [row])).toEqual({ records: [record], rejects: [], empty: 0 });
  });

  it('reads the same from CSV, in any order of columns and in any case', () => {
    const columns = Object.keys(row).reverse();
    const cells = columns.map((column) => row[column as keyof typeof row]);
    const lines = [`\uFEFF${columns.map((column) => column.toUpperCase()).join(',')},unknown\r`, `${cells.join(',')},x\r`];
    expect(readLines('agentops-csv', lines)).toEqual({ records: [record], rejects: [], empty: 1 });
  });

  it.each([
    ['seconds', 1777629600, Date.UTC(2026, 4, 1, 10)],
    ['seconds with a fraction', 1777629600.25, Date.UTC(2026, 4, 1, 10, 0, 0, 250)],
    ['milliseconds', 1777629600000, Date.UTC(2026, 4, 1, 10)],
    ['seconds as text', '1777629600', Date.UTC(2026, 4, 1, 10)],
    ['a fraction of nine digits', '2026-05-01T10:00:00.123456789Z', Date.UTC(2026, 4, 1, 10, 0, 0, 123)],
  ])('takes a time in %s', (_, timestamp, at) => {
    expect(readLines('agentops-jsonl', [{ ...row, timestamp }]).records[0]?.at).toBe(at);
  });

  it.each([
    ['failed', 'error'],
    ['timeout', 'error'],
    ['503', 'error'],
    ['success', 'ok'],
    ['', ''],
    ['odd', ''],
  ])('takes the status %j as %j', (status, expected) => {
    expect(readLines('agentops-jsonl', [{ ...row, status }]).records[0]?.status).toBe(expected);
  });

  it('takes two lines without an id that say the same as one request', () => {
    const { records } = readLines('agentops-jsonl', [
      { ...row, request_id: undefined },
      { ...row, request_id: null },
      { ...row, request_id: undefined, output_tokens: 21 },
    ]);
    expect(records[0]?.key).toBe(records[1]?.key);
    expect(records[0]?.key).not.toBe(records[2]?.key);
  });

  it('hashes a key that would be long', () => {
    const { records } = readLines('agentops-jsonl', [{ ...row, request_id: '', agent: 'a'.repeat(200) }]);
    expect(records[0]?.key).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('takes the optional fields', () => {
    const over = { provider: 'openai', project: 'p', service_tier: 'batch', geo: 'us', web_searches: 2, cost_usd: 0.5 };
    expect(readLines('agentops-jsonl', [{ ...row, ...over }]).records).toMatchObject([
      { provider: 'openai', project: 'p', serviceTier: 'batch', geo: 'us', webSearches: 2, claimedPico: 500_000_000_000n },
    ]);
  });

  it.each([
    ['no model', { ...row, model: null }, 'missing-field: model is missing'],
    ['no output', { ...row, output_tokens: undefined }, 'missing-field: output_tokens is missing'],
    ['more reasoning than output', { ...row, reasoning_tokens: 21 }, 'bad-number: reasoning_tokens is more than output_tokens'],
    ['a time without a zone', { ...row, timestamp: '2026-05-01T12:00:00' }, 'bad-time: timestamp has no time zone'],
    ['a latency below zero', { ...row, latency_ms: -1 }, 'bad-number: latency_ms is not a duration'],
    ['a list', [row], 'unknown-shape: not an object'],
    ['no JSON', '{"timestamp":', 'cut-short: the JSON text ends early'],
  ])('rejects %s', (_, line, reject) => {
    expect(readLines('agentops-jsonl', [line])).toEqual({ records: [], rejects: [reject], empty: 0 });
  });
});
