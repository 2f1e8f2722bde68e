import { describe, expect, it } from 'vitest';
import { readDocuments } from './support.ts';

const attributes = (values: Readonly<Record<string, string | number | boolean>>) =>
  Object.entries(values).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string' ? { stringValue: value } : typeof value === 'boolean' ? { boolValue: value } : { intValue: String(value) },
  }));
const span = (values: Readonly<Record<string, string | number | boolean>>, over: object = {}) => ({
  traceId: 't1',
  spanId: 'a',
  name: 'chat',
  startTimeUnixNano: '1777629600000000000',
  endTimeUnixNano: '1777629602500000000',
  attributes: attributes(values),
  ...over,
});
const traces = (spans: readonly object[], service = 'svc') => ({
  resourceSpans: [{ resource: { attributes: attributes({ 'service.name': service }) }, scopeSpans: [{ spans }] }],
});
const metrics = (list: readonly object[], service = 'svc') => ({
  resourceMetrics: [{ resource: { attributes: attributes({ 'service.name': service }) }, scopeMetrics: [{ metrics: list }] }],
});
const usage = { 'gen_ai.usage.input_tokens': 130213, 'gen_ai.usage.output_tokens': 100 };
const tokensOf = (documents: readonly unknown[]) =>
  readDocuments('otlp', documents).records.map(({ tokens }) => [tokens.input, tokens.cacheRead, tokens.cacheWrite5m, tokens.output]);

describe('spans', () => {
  it('reads every field; cache and reasoning are inside input and output', () => {
    const values = {
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.response.model': 'claude-sonnet-4-5',
      'gen_ai.request.model': 'alias',
      'gen_ai.agent.name': 'planner',
      'gen_ai.conversation.id': 'c1',
      'gen_ai.usage.cache_read.input_tokens': 128955,
      'gen_ai.usage.reasoning.output_tokens': 60,
      ...usage,
    };
    expect(readDocuments('otlp', [traces([span(values)])])).toEqual({
      records: [
        {
          key: '["span","t1","a"]',
          source: 'otlp',
          at: Date.UTC(2026, 4, 1, 10),
          model: 'claude-sonnet-4-5',
          provider: 'anthropic',
          agent: 'planner',
          session: 'c1',
          task: '',
          project: 'svc',
          tokens: { input: 1258, output: 100, cacheRead: 128955, cacheWrite5m: 0, cacheWrite1h: 0 },
          reasoning: 60,
          requests: 1,
          webSearches: 0,
          serviceTier: '',
          geo: '',
          sidechain: false,
          status: 'ok',
          latencyMs: 2500,
          claimedPico: null,
        },
      ],
      rejects: [],
      empty: 0,
    });
  });

  it.each([
    ['cache_creation', { 'gen_ai.usage.cache_creation.input_tokens': 213 }],
    ['cache_write', { 'gen_ai.usage.cache_write.input_tokens': 213 }],
    ['cache_creation with underscores', { 'gen_ai.usage.cache_creation_input_tokens': 213 }],
    ['cache_write with underscores', { 'gen_ai.usage.cache_write_input_tokens': 213 }],
  ])('reads the spelling %s', (_, over) => {
    expect(tokensOf([traces([span({ ...usage, ...over })])])).toEqual([[130000, 0, 213, 100]]);
  });

  it('reads the older spellings', () => {
    const values = {
      'gen_ai.system': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.usage.prompt_tokens': 10,
      'gen_ai.usage.completion_tokens': 2,
    };
    expect(readDocuments('otlp', [traces([span(values)])]).records).toMatchObject([
      { provider: 'openai', model: 'gpt-5', tokens: { input: 10, output: 2 } },
    ]);
  });

  it('takes an agent from the resource', () => {
    const document = {
      resourceSpans: [{ resource: { attributes: attributes({ 'gen_ai.agent.name': 'writer' }) }, scopeSpans: [{ spans: [span(usage)] }] }],
    };
    expect(readDocuments('otlp', [document]).records[0]?.agent).toBe('writer');
  });

  it.each([
    ['the number 2', { status: { code: 2 } }, {}],
    ['its name', { status: { code: 'STATUS_CODE_ERROR' } }, {}],
    ['an attribute', {}, { 'error.type': 'timeout' }],
  ])('tells an error by %s', (_, over, values) => {
    expect(readDocuments('otlp', [traces([span({ ...usage, ...values }, over)])]).records[0]?.status).toBe('error');
  });

  it('does not count a whole beside its parts', () => {
    const whole = span({ ...usage, 'gen_ai.operation.name': 'invoke_agent' }, { spanId: 'w' });
    const read = readDocuments('otlp', [traces([whole, span(usage, { parentSpanId: 'w' })])]);
    expect([read.records.length, read.empty]).toEqual([1, 1]);
  });

  it('counts a request once that a framework and a client library both tell of', () => {
    const outer = span(usage, { spanId: 'o' });
    const read = readDocuments('otlp', [traces([outer, span(usage, { spanId: 'i', parentSpanId: 'o' })])]);
    expect([read.records.map((record) => record.key), read.empty]).toEqual([['["span","t1","i"]'], 1]);
  });

  it('does not count spans without usage', () => {
    expect(readDocuments('otlp', [traces([span({ 'http.method': 'GET' })])])).toEqual({ records: [], rejects: [], empty: 1 });
  });

  it.each([
    [
      'more cache than input',
      span({ ...usage, 'gen_ai.usage.cache_read.input_tokens': 999999 }),
      'bad-number: gen_ai.usage.input_tokens is less than its parts',
    ],
    [
      'more reasoning than output',
      span({ ...usage, 'gen_ai.usage.reasoning_tokens': 101 }),
      'bad-number: gen_ai.usage.output_tokens is less than its parts',
    ],
    [
      'tokens that are no count',
      span({ 'gen_ai.usage.input_tokens': 'many' }),
      'bad-number: gen_ai.usage.input_tokens is not a whole count',
    ],
    ['no time', span(usage, { startTimeUnixNano: '0', endTimeUnixNano: undefined }), 'missing-field: startTimeUnixNano is missing'],
    ['a time in another unit', span(usage, { startTimeUnixNano: 'soon' }), 'bad-time: startTimeUnixNano is not a time in nanoseconds'],
    ['no ids', span(usage, { spanId: '' }), 'missing-field: traceId or spanId is missing'],
  ])('rejects %s', (_, value, reject) => {
    expect(readDocuments('otlp', [traces([value])])).toEqual({ records: [], rejects: [reject], empty: 0 });
  });

  it.each([
    ['neither spans nor metrics', {}, 'unknown-shape: neither spans nor metrics of OTLP'],
    ['a list of nothing', { resourceSpans: [7] }, 'unknown-shape: resourceSpans holds no object'],
  ])('rejects %s', (_, document, reject) => {
    expect(readDocuments('otlp', [document]).rejects).toEqual([reject]);
  });
});

describe('metrics', () => {
  const second = (n: number) => `${1777629600 + n}000000000`;
  const point = (value: number, seconds: number, type = 'input', over: object = {}) => ({
    startTimeUnixNano: second(0),
    timeUnixNano: second(seconds),
    asInt: String(value),
    attributes: attributes({ type, model: 'claude-sonnet-4-5', 'session.id': 's1' }),
    ...over,
  });
  const tokens = (temporality: number | string, ...dataPoints: readonly object[]) => ({
    name: 'claude_code.token.usage',
    sum: { aggregationTemporality: temporality, isMonotonic: true, dataPoints },
  });

  it('reads Claude Code’s deltas by type', () => {
    const read = readDocuments('otlp', [
      metrics([tokens(1, point(5, 1), point(6, 1, 'output'), point(7, 1, 'cacheRead'), point(8, 1, 'cacheCreation'))]),
    ]);
    expect(read.rejects).toEqual([]);
    expect(read.records.map(({ tokens: t }) => [t.input, t.output, t.cacheRead, t.cacheWrite5m])).toEqual([
      [5, 0, 0, 0],
      [0, 6, 0, 0],
      [0, 0, 7, 0],
      [0, 0, 0, 8],
    ]);
    expect(read.records[0]).toMatchObject({
      model: 'claude-sonnet-4-5',
      session: 's1',
      requests: 0,
      at: Date.parse('2026-05-01T10:00:01Z'),
    });
  });

  it('keeps the keys of deltas that are sent again', () => {
    const document = metrics([tokens('AGGREGATION_TEMPORALITY_DELTA', point(5, 1), point(5, 2))]);
    const { records } = readDocuments('otlp', [document, document]);
    expect([records.length, new Set(records.map((record) => record.key)).size]).toEqual([4, 2]);
  });

  it('takes differences of cumulative points, over requests', () => {
    const documents = [point(5, 1), point(5, 2), point(9, 3)].map((value) => metrics([tokens(2, value)]));
    expect(tokensOf(documents)).toEqual([
      [5, 0, 0, 0],
      [4, 0, 0, 0],
    ]);
  });

  it('does not count a cumulative point again, nor an earlier one that comes late', () => {
    const documents = [point(5, 2), point(5, 2), point(3, 1)].map((value) =>
      metrics([tokens('AGGREGATION_TEMPORALITY_CUMULATIVE', value)]),
    );
    expect(tokensOf(documents)).toEqual([[5, 0, 0, 0]]);
  });

  it('begins anew with a new start, and where a value falls', () => {
    const documents = [
      point(5, 1),
      point(3, 20, 'input', { startTimeUnixNano: second(10) }),
      point(2, 30, 'input', { startTimeUnixNano: second(10) }),
    ].map((value) => metrics([tokens(2, value)]));
    expect(tokensOf(documents)).toEqual([
      [5, 0, 0, 0],
      [3, 0, 0, 0],
      [2, 0, 0, 0],
    ]);
  });

  it('shows a claimed cost without tokens, exactly', () => {
    const cost = (value: number, seconds: number) => ({ ...point(0, seconds), asInt: undefined, asDouble: value });
    const metric = {
      name: 'claude_code.cost.usage',
      sum: { aggregationTemporality: 2, dataPoints: [cost(0.1, 1), cost(0.30000000000000004, 2)] },
    };
    expect(readDocuments('otlp', [metrics([metric])]).records.map(({ claimedPico, tokens: t }) => [claimedPico, t.input])).toEqual([
      [100_000_000_000n, 0],
      [200_000_000_000n, 0],
    ]);
  });

  const histogram = (type: string, sum: number, count: number) => ({
    name: 'gen_ai.client.token.usage',
    histogram: {
      aggregationTemporality: 1,
      dataPoints: [
        {
          startTimeUnixNano: second(0),
          timeUnixNano: second(9),
          sum,
          count: String(count),
          attributes: attributes({ 'gen_ai.token.type': type, 'gen_ai.request.model': 'gpt-5', 'gen_ai.system': 'openai' }),
        },
      ],
    },
  });

  it('reads the histogram of tokens, each request once', () => {
    expect(readDocuments('otlp', [metrics([histogram('input', 900, 3), histogram('output', 60, 3)])]).records).toMatchObject([
      { tokens: { input: 900, output: 0 }, requests: 3, model: 'gpt-5', provider: 'openai' },
      { tokens: { input: 0, output: 60 }, requests: 0 },
    ]);
  });

  it('does not count a service’s histogram beside its spans, nor the other way round', () => {
    const spans = traces([span({ 'gen_ai.usage.input_tokens': 900, 'gen_ai.usage.output_tokens': 60 })]);
    expect(tokensOf([spans, metrics([histogram('input', 900, 3)])])).toEqual([[900, 0, 0, 60]]);
    expect(tokensOf([metrics([histogram('input', 900, 3)]), spans])).toEqual([[900, 0, 0, 0]]);
    expect(tokensOf([spans, metrics([histogram('input', 900, 3)], 'other')])).toEqual([
      [900, 0, 0, 60],
      [900, 0, 0, 0],
    ]);
  });

  it('leaves other metrics and logs alone', () => {
    const read = readDocuments('otlp', [
      metrics([{ name: 'claude_code.session.count', sum: { dataPoints: [point(1, 1)] } }]),
      { resourceLogs: [{}] },
    ]);
    expect(read).toEqual({ records: [], rejects: [], empty: 2 });
  });

  it.each([
    ['a type of its own', tokens(1, point(5, 1, 'thoughts')), 'unknown-shape: a point of an unknown type of tokens'],
    ['half a token', tokens(1, { ...point(0, 1), asInt: undefined, asDouble: 0.5 }), 'bad-number: a point is not a whole count'],
    ['no value', tokens(1, { ...point(0, 1), asInt: undefined }), 'missing-field: a point without a value'],
    ['a value below zero', tokens(2, point(-5, 1)), 'bad-number: asInt of a point is not a count'],
    ['no time', tokens(1, { ...point(1, 1), timeUnixNano: undefined }), 'missing-field: timeUnixNano is missing'],
  ])('rejects a point of %s', (_, metric, reject) => {
    expect(readDocuments('otlp', [metrics([metric])])).toEqual({ records: [], rejects: [reject], empty: 0 });
  });
});
