import { describe, expect, it } from 'vitest';
import { detectFormat } from '../../../packages/core/src/cost/sources/detect.ts';

const json = JSON.stringify;
const assistant = {
  type: 'assistant',
  timestamp: '2026-03-10T12:00:00Z',
  sessionId: 's',
  message: { id: 'm', usage: { input_tokens: 1 } },
};
const observations = Array.from({ length: 400 }, (_, i) => ({
  id: `o${i}`,
  traceId: 't',
  type: 'GENERATION',
  startTime: '2026-05-01T10:00:00Z',
  usageDetails: { input: 1 },
}));

describe('detectFormat', () => {
  it.each([
    ['claude-code', json(assistant)],
    [
      'claude-code',
      `\uFEFF${json({ type: 'summary', summary: 'x', leafUuid: 'u' })}\r\n${json({ type: 'user', uuid: 'u', timestamp: 't', message: {} })}\r\n`,
    ],
    ['claude-code', `not json\n${json(assistant)}\n`],
    ['codex', json({ timestamp: 't', type: 'session_meta', payload: { id: 's' } })],
    ['codex', json({ timestamp: 't', type: 'event_msg', payload: { type: 'token_count' } })],
    ['openai-usage', json({ object: 'page', data: [{ object: 'bucket', start_time: 1, results: [] }] })],
    ['openai-usage', json([{ object: 'bucket', start_time: 1, end_time: 2, results: [] }])],
    ['openai-usage', json({ start_time: 1, end_time: 2, results: [{ input_tokens: 1 }] })],
    ['openai-usage', json({ object: 'organization.costs.result', amount: { value: 1, currency: 'usd' } })],
    ['anthropic-usage', json({ data: [{ starting_at: 't', ending_at: 't', results: [] }] })],
    ['anthropic-usage', json({ amount: '123.45', currency: 'USD' })],
    ['litellm', json([{ request_id: 'r', startTime: 't', spend: 1 }])],
    ['litellm', json([{ id: 'x', date: '2026-05-01', api_requests: 1 }])],
    ['otlp', json({ resourceSpans: [] })],
    ['otlp', `${json({ resourceMetrics: [] })}\n${json({ resourceSpans: [] })}\n`],
    ['langfuse', json({ data: [{ id: 'o', traceId: 't', type: 'GENERATION', startTime: 't', usageDetails: {} }] })],
    ['langfuse', json(observations, undefined, 2)],
    ['helicone', 'response_id,request_created_at,model,prompt_tokens,completion_tokens\n'],
    ['agentops-csv', 'timestamp,model,input_tokens,output_tokens\n1,2,3,4\n'],
    ['agentops-csv', '"Timestamp","Model","Input Tokens","Output Tokens"'],
    ['agentops-jsonl', json({ timestamp: 't', model: 'm', input_tokens: 1, output_tokens: 1 })],
    [undefined, ''],
    [undefined, ' \n\t'],
    [undefined, 'a,b,c\n1,2,3\n'],
    [undefined, '{"hello":"world"}'],
    [undefined, '[]'],
    [undefined, '[[[[[[[[{"resourceSpans":1}]]]]]]]]'.replace('resourceSpans', 'x')],
    [undefined, 'Dear diary, today "usage" was high'],
  ])('tells %s', (format, text) => {
    expect(detectFormat(Buffer.from(text), '/tmp/file')).toBe(format);
  });

  it('tells a document that the first bytes cut off', () => {
    const bytes = Buffer.from(json(observations));
    expect(detectFormat(bytes.subarray(0, 1000), '/tmp/file')).toBe('langfuse');
  });

  it('tells a log by its place while it has no telling line', () => {
    expect(detectFormat(Buffer.from('{"type":"x"}\n'), '/home/u/.claude/projects/p/s.jsonl')).toBe('claude-code');
    expect(detectFormat(Buffer.from('{"type":"x"}\n'), '/home/u/.codex/sessions/2026/rollout-1.jsonl')).toBe('codex');
  });
});
