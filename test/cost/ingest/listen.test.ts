import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../../../packages/core/src/cost/ingest/listen.ts';
import { testHost } from '../../support/host.ts';
import { MemoryLedger } from './memory-ledger.ts';

const attribute = (key: string, value: string | number) => ({
  key,
  value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
});
const traces = (spanId: string, tokens: number | string) =>
  JSON.stringify({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                traceId: 't',
                spanId,
                startTimeUnixNano: '1777629600000000000',
                attributes: [attribute('gen_ai.usage.input_tokens', tokens)],
              },
            ],
          },
        ],
      },
    ],
  });
const cumulative = (value: number, time: number) =>
  JSON.stringify({
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'claude_code.token.usage',
                sum: {
                  aggregationTemporality: 2,
                  dataPoints: [
                    {
                      startTimeUnixNano: '1777629600000000000',
                      timeUnixNano: `${1777629600 + time}000000000`,
                      asInt: value,
                      attributes: [attribute('type', 'input')],
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  });

async function started(ledger = new MemoryLedger(), port = 0) {
  const listener = await listen(ledger, { host: testHost(), port });
  onTestFinished(() => listener.close());
  const post = async (path: string, body: string | Buffer, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(listener.url + path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
    return [response.status, await response.json()];
  };
  return { listener, ledger, post };
}

describe('listen', () => {
  it('listens on loopback and writes what it is sent', async () => {
    const { listener, ledger, post } = await started();
    expect(listener.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await post('/v1/traces', traces('a', 5))).toEqual([200, {}]);
    expect(await post('/v1/traces', gzipSync(traces('b', 6)), { 'content-encoding': 'gzip' })).toEqual([200, {}]);
    expect(ledger.sorted.map(({ key, tokens }) => [key, tokens.input])).toEqual([
      ['["span","t","a"]', 5],
      ['["span","t","b"]', 6],
    ]);
  });

  it('counts once what an exporter sends again', async () => {
    const { listener, post } = await started();
    await post('/v1/traces', traces('a', 5));
    await post('/v1/traces', traces('a', 5));
    expect(listener.counts()).toEqual({ lines: 2, counted: 1, duplicate: 1, rejected: 0, empty: 0 });
  });

  it('says which parts it refused, in OTLP’s own words', async () => {
    const { ledger, post } = await started();
    expect(await post('/v1/traces', traces('a', 'many'))).toEqual([
      200,
      { partialSuccess: { rejectedSpans: '1', errorMessage: 'gen_ai.usage.input_tokens is not a whole count' } },
    ]);
    expect(await post('/v1/metrics', cumulative(-1, 1))).toEqual([
      200,
      { partialSuccess: { rejectedDataPoints: '1', errorMessage: 'asInt of a point is not a count' } },
    ]);
    expect(ledger.rejected).toMatchObject([{ reason: 'bad-number' }, { reason: 'bad-number' }]);
  });

  it('goes on with cumulative series after a restart', async () => {
    const ledger = new MemoryLedger();
    const first = await started(ledger);
    await first.post('/v1/metrics', cumulative(5, 1));
    await first.listener.close();
    const second = await started(ledger);
    await second.post('/v1/metrics', cumulative(9, 2));
    expect(ledger.sorted.map(({ tokens }) => tokens.input)).toEqual([5, 4]);
  });

  it('does not lose points that come at once', async () => {
    const { ledger, post } = await started();
    await Promise.all([1, 2, 3, 4, 5].map((n) => post('/v1/traces', traces(`s${n}`, n))));
    expect(ledger.best.size).toBe(5);
  });

  it.each([
    ['protocol buffers', { 'content-type': 'application/x-protobuf' }, 'x', 415, /OTEL_EXPORTER_OTLP_PROTOCOL=http\/json/],
    ['no type', { 'content-type': '' }, 'x', 415, /JSON only/],
    ['another encoding', { 'content-encoding': 'br' }, 'x', 415, /only gzip/],
    ['what is not gzip', { 'content-encoding': 'gzip' }, 'x', 400, /not gzip/],
    ['what is not JSON', {}, '{"a"', 400, /ends early/],
    ['a large body', {}, Buffer.alloc((16 << 20) + 1, 0x20), 413, /16 MiB/],
    ['a large body, packed', { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc((16 << 20) + 1, 0x20)), 413, /16 MiB/],
  ])('refuses %s', async (_, headers, body, status, message) => {
    const { ledger, post } = await started();
    expect(await post('/v1/traces', body, headers)).toEqual([status, { message: expect.stringMatching(message) }]);
    expect(ledger.batches).toEqual([]);
  });

  it('refuses other paths and methods', async () => {
    const { listener, post } = await started();
    expect((await post('/v2/traces', '{}'))[0]).toBe(404);
    const response = await fetch(`${listener.url}/v1/traces`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('asks to send again when the ledger cannot be written, and counts it then', async () => {
    const ledger = new MemoryLedger();
    const { post } = await started(ledger);
    const write = ledger.write.bind(ledger);
    ledger.write = async () => {
      throw new Error('disk full');
    };
    expect((await post('/v1/metrics', cumulative(5, 1)))[0]).toBe(503);
    ledger.write = write;
    expect((await post('/v1/metrics', cumulative(5, 1)))[0]).toBe(200);
    expect(ledger.sorted.map(({ tokens }) => tokens.input)).toEqual([5]);
  });

  it('says that a port is in use', async () => {
    const { listener } = await started();
    const port = Number(new URL(listener.url).port);
    await expect(listen(new MemoryLedger(), { host: testHost(), port })).rejects.toMatchObject({
      code: 'port-in-use',
      message: `port ${port} is in use`,
    });
  });
});
