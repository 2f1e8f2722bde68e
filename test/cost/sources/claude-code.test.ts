import { describe, expect, it } from 'vitest';
import { recordRank } from '../../../packages/core/src/model/usage.ts';
import { readLines } from './support.ts';

const usage = {
  input_tokens: 3,
  cache_creation_input_tokens: 900,
  cache_read_input_tokens: 15000,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 900 },
  output_tokens: 159,
  service_tier: 'standard',
  inference_geo: 'us',
  speed: 'standard',
  server_tool_use: { web_search_requests: 1 },
};
const line = {
  type: 'assistant',
  timestamp: '2026-03-10T12:00:00.000Z',
  sessionId: 's',
  isSidechain: false,
  agentId: 'a1',
  cwd: '/w',
  version: '2.1.0',
  requestId: 'req_1',
  message: { id: 'msg_1', model: 'claude-sonnet-4-5-20250929', usage },
};
const withUsage = (over: object): object => ({ ...line, message: { ...line.message, usage: { ...usage, ...over } } });
const one = (value: unknown, file?: { path: string; agentName?: string }) => {
  const { records, rejects } = readLines('claude-code', [value], file);
  expect(rejects).toEqual([]);
  expect(records).toHaveLength(1);
  return records[0];
};

describe('claude-code', () => {
  it('reads every field of a line', () => {
    expect(one(line)).toEqual({
      key: 'msg_1',
      source: 'claude-code',
      at: Date.UTC(2026, 2, 10, 12),
      model: 'claude-sonnet-4-5-20250929',
      provider: 'anthropic',
      agent: 'main',
      session: 's',
      task: '',
      project: '/w',
      tokens: { input: 3, output: 159, cacheRead: 15000, cacheWrite5m: 0, cacheWrite1h: 900 },
      reasoning: 0,
      requests: 1,
      webSearches: 1,
      serviceTier: 'standard',
      geo: 'us',
      sidechain: false,
      status: 'ok',
      latencyMs: null,
      claimedPico: null,
    });
  });

  it.each([
    ['one id under two request ids', { ...line, requestId: 'req_2' }, 'msg_1'],
    ['no request id', { ...line, requestId: null }, 'msg_1'],
    ['no message id', { ...line, uuid: 'u-1', message: { ...line.message, id: undefined } }, 'u-1'],
    ['a message id of null', { ...line, uuid: 'u-2', message: { ...line.message, id: null } }, 'u-2'],
  ])('keys on the message, else on the line: %s', (_, value, key) => {
    expect(one(value)?.key).toBe(key);
  });

  it.each([
    ['the name of the meta file', { path: 'agent-1.jsonl', agentName: 'code-reviewer' }, 'a1', 'code-reviewer'],
    ['the agent id without one', { path: 'agent-1.jsonl' }, 'a1', 'a1'],
    ['that it is a subagent without either', { path: 'agent-1.jsonl' }, undefined, 'subagent'],
  ])('names a subagent by %s', (_, file, agentId, agent) => {
    const record = one({ ...line, isSidechain: true, agentId }, file);
    expect([record?.agent, record?.sidechain]).toEqual([agent, true]);
  });

  it('lets a parent win over its replay in a sidechain, however large that is', () => {
    const parent = one(line);
    const replay = one({ ...(withUsage({ output_tokens: 9999 }) as typeof line), isSidechain: true });
    expect(parent && replay && recordRank(parent) > recordRank(replay)).toBe(true);
  });

  it('lets a later line of a growing message win', () => {
    const early = one(withUsage({ output_tokens: 1 }));
    const late = one(line);
    expect(early && late && recordRank(late) > recordRank(early)).toBe(true);
  });

  it.each([
    ['all of it for an hour', { cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 900 } }, 0, 900],
    ['some of it for an hour', { cache_creation: { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 600 } }, 300, 600],
    ['no split: five minutes', { cache_creation: null }, 900, 0],
    ['split left out: five minutes', { cache_creation: undefined }, 900, 0],
    ['a split that explains less than the total', { cache_creation: { ephemeral_1h_input_tokens: 100 } }, 800, 100],
    ['a split without a total', { cache_creation_input_tokens: undefined, cache_creation: { ephemeral_5m_input_tokens: 7 } }, 7, 0],
    ['nothing written', { cache_creation_input_tokens: null, cache_creation: null }, 0, 0],
  ])('splits what was written to the cache: %s', (_, over, fiveMinutes, oneHour) => {
    const tokens = one(withUsage(over))?.tokens;
    expect([tokens?.cacheWrite5m, tokens?.cacheWrite1h]).toEqual([fiveMinutes, oneHour]);
  });

  it.each([
    ['speed: null', withUsage({ speed: null }), { serviceTier: 'standard' }],
    ['fast mode has its own prices', withUsage({ speed: 'fast' }), { serviceTier: 'fast' }],
    ['no tier', withUsage({ service_tier: null }), { serviceTier: '' }],
    ['geo not available', withUsage({ inference_geo: 'not_available' }), { geo: '' }],
    ['no server tools', withUsage({ server_tool_use: null }), { webSearches: 0 }],
    ['a version that is no version', { ...line, version: 'dev' }, { key: 'msg_1' }],
    ['a model that is not named', { ...line, message: { ...line.message, model: undefined } }, { model: '', provider: '' }],
    ['a model of someone else', { ...line, message: { ...line.message, model: 'glm-5' } }, { model: 'glm-5', provider: '' }],
    ['over Bedrock', { ...line, message: { ...line.message, id: 'msg_bdrk_1' } }, { provider: 'aws-bedrock' }],
    ['over Vertex', { ...line, message: { ...line.message, id: 'msg_vrtx_1' } }, { provider: 'google-vertex' }],
    ['no type', { ...line, type: undefined }, { key: 'msg_1' }],
    ['an API error message with usage', { ...line, isApiErrorMessage: true }, { status: 'error' }],
    ['a claimed cost', { ...line, costUSD: 0.0123 }, { claimedPico: 12_300_000_000n }],
    ['a claimed cost of nothing', { ...line, costUSD: 0 }, { claimedPico: 0n }],
    ['a tiny claimed cost', { ...line, costUSD: 1e-7 }, { claimedPico: 100_000n }],
    ['control characters in names', { ...line, cwd: '/w\u0000\u001b[31m' }, { project: '/w\uFFFD\uFFFD[31m' }],
    ['half a surrogate pair in a name', { ...line, cwd: '/w\ud800' }, { project: '/w\uFFFD' }],
  ])('takes real oddities: %s', (_, value, expected) => {
    expect(one(value)).toMatchObject(expected);
  });

  it.each([
    [
      'a space after the key',
      '{"type":"assistant","timestamp":"2026-03-10T12:00:00Z","message":{"id":"m","model":"x","usage": {"input_tokens": 1, "output_tokens": 2}}}',
    ],
    [
      'floats that are whole',
      '{"type":"assistant","timestamp":"2026-03-10T12:00:00Z","message":{"id":"m","model":"x","usage":{"input_tokens":1.0,"output_tokens":0.2e1}}}',
    ],
    [
      'a byte order mark',
      '\uFEFF{"type":"assistant","timestamp":"2026-03-10T12:00:00Z","message":{"id":"m","model":"x","usage":{"input_tokens":1,"output_tokens":2}}}',
    ],
    [
      'a carriage return',
      '{"type":"assistant","timestamp":"2026-03-10T12:00:00Z","message":{"id":"m","model":"x","usage":{"input_tokens":1,"output_tokens":2}}}\r',
    ],
    [
      'escaped keys',
      '{"type":"assistant","timestamp":"2026-03-10T12:00:00Z","message":{"id":"m","model":"x","us\\u0061ge":{"input_tokens":1,"output_t\\u006fkens":2}}}',
    ],
    [
      'the last of two equal keys',
      '{"type":"assistant","timestamp":"2026-03-10T12:00:00Z","message":{"usage":{"input_tokens":7,"output_tokens":7}},"message":{"id":"m","model":"x","usage":{"input_tokens":9,"input_tokens":1,"output_tokens":2}}}',
    ],
    [
      'tool input before that looks like usage',
      '{"type":"assistant","timestamp":"2026-03-10T12:00:00Z","toolUseResult":{"message":{"id":"no","usage":{"input_tokens":9,"output_tokens":9}}},"message":{"content":[{"id":"no","model":"no","usage":{"input_tokens":9}}],"id":"m","model":"x","usage":{"input_tokens":1,"output_tokens":2}}}',
    ],
    [
      'tool input behind that looks like usage',
      '{"type":"assistant","timestamp":"2026-03-10T12:00:00Z","message":{"id":"m","model":"x","usage":{"input_tokens":1,"output_tokens":2},"content":[{"input":{"message":{"usage":{"input_tokens":5}},"text":"\\"usage\\":{\\"input_tokens\\":8}}"}}]}}',
    ],
  ])('counts exactly: %s', (_, text) => {
    expect(one(text)).toMatchObject({
      key: 'm',
      model: 'x',
      tokens: { input: 1, output: 2, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
    });
  });

  it.each([
    ['a message made up by the client', { ...line, message: { ...line.message, model: '<synthetic>' } }],
    ['a user’s message', { type: 'user', message: { role: 'user', content: '{"usage":{"input_tokens":1}}' } }],
    [
      'usage that is only in a tool’s result',
      { type: 'user', toolUseResult: { usage: { input_tokens: 5 } }, message: { content: [{ usage: 1 }] } },
    ],
    ['usage of null', { ...line, message: { ...line.message, usage: null } }],
    ['a progress line with a copy inside', { type: 'progress', data: { message: { message: line.message } } }],
    ['usage beside the message', { type: 'summary', usage: { input_tokens: 5 } }],
    ['a text', '"usage"'],
  ])('does not count %s', (_, value) => {
    expect(readLines('claude-code', [value])).toEqual({ records: [], rejects: [], empty: 1 });
  });

  it.each([
    ['half a token', withUsage({ output_tokens: 1.5 }), 'bad-number: usage.output_tokens is not a whole count'],
    ['tokens below zero', withUsage({ input_tokens: -1 }), 'bad-number: usage.input_tokens is not a whole count'],
    ['tokens as text', withUsage({ input_tokens: '3' }), 'bad-number: usage.input_tokens is not a whole count'],
    ['more tokens than a number holds', withUsage({ input_tokens: 2 ** 53 }), 'bad-number: usage.input_tokens is not a whole count'],
    ['no input tokens', withUsage({ input_tokens: undefined }), 'missing-field: usage.input_tokens is missing'],
    ['no output tokens', withUsage({ output_tokens: null }), 'missing-field: usage.output_tokens is missing'],
    ['a list for usage', { ...line, message: { ...line.message, usage: [] } }, 'unknown-shape: message.usage is not an object'],
    ['a list for the split', withUsage({ cache_creation: [1] }), 'unknown-shape: usage.cache_creation is not an object'],
    ['a number for a time', { ...line, timestamp: 1773144000 }, 'bad-time: timestamp is not an ISO 8601 time'],
    ['no time', { ...line, timestamp: undefined }, 'missing-field: timestamp is missing'],
    ['a day that does not exist', { ...line, timestamp: '2026-02-30T00:00:00Z' }, 'bad-time: timestamp is not a time that exists'],
    ['a time without a zone', { ...line, timestamp: '2026-02-03T00:00:00' }, 'bad-time: timestamp has no time zone'],
    ['a year that cannot be', { ...line, timestamp: '1970-01-01T00:00:00Z' }, 'bad-time: timestamp is not between 2000 and 2100'],
    ['nothing to key on', { ...line, message: { ...line.message, id: null } }, 'missing-field: neither message.id nor uuid'],
    ['an object for a model', { ...line, message: { ...line.message, model: { a: 1 } } }, 'unknown-shape: message.model is not text'],
    ['a name longer than any', { ...line, cwd: 'x'.repeat(600) }, 'unknown-shape: cwd is too long for a name'],
    ['usage on a user’s message', { ...line, type: 'user' }, 'unknown-shape: message.usage on a line that is no assistant message'],
    ['a cost that is no number', { ...line, costUSD: 'free' }, 'bad-number: costUSD is not an amount'],
    ['a line that was cut', JSON.stringify(line).slice(0, -20), 'cut-short: the JSON text ends early'],
    [
      'a line that was cut at a brace',
      `${JSON.stringify(line).slice(0, JSON.stringify(line).indexOf('"message"'))}"message":{"role":"assistant","content":[{"text":"x"}`,
      'not-json: not valid JSON',
    ],
    ['two lines run into one', `${JSON.stringify(line).slice(0, 300)}${JSON.stringify(line)}`, 'not-json: not valid JSON'],
    ['NUL bytes before', `\0\0\0${JSON.stringify(line)}`, 'not-json: NUL bytes, not JSON'],
    [
      'half a UTF-8 sequence',
      Buffer.concat([Buffer.from(`{"a":"`), Buffer.from([0xe2, 0x82]), Buffer.from(`",${JSON.stringify(line).slice(1)}`)]),
      'not-utf8: not valid UTF-8',
    ],
  ])('rejects %s', (_, value, reject) => {
    expect(readLines('claude-code', [value])).toEqual({ records: [], rejects: [reject], empty: 0 });
  });

  it('needs no UTF-8 in lines that do not matter', () => {
    expect(readLines('claude-code', [Buffer.from([0x7b, 0xff, 0xfe, 0x7d])])).toEqual({ records: [], rejects: [], empty: 1 });
  });
});
