import { afterEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../packages/core/src/config/schema.ts';
import { gatherPrometheus } from '../../../packages/core/src/evidence/prometheus/source.ts';
import type { EvidenceKey } from '../../../packages/core/src/model/evidence-map.ts';
import { testGatherContext } from '../../support/host.ts';
import { type Stub, scalar, startStub, success, vector } from './stub.ts';

const keys = ['prometheus.info', 'prometheus.targets', 'prometheus.performance', 'prometheus.spend'] as const;
const all: ReadonlySet<EvidenceKey> = new Set(keys);

let stub: Stub | undefined;
afterEach(async () => {
  await stub?.close();
  stub = undefined;
});

async function gather(wanted: ReadonlySet<EvidenceKey>, prometheus: Record<string, unknown> | undefined): Promise<Record<string, unknown>> {
  const promises = gatherPrometheus(configSchema.parse(prometheus ? { prometheus } : {}), wanted, testGatherContext(3000));
  const entries = Object.entries(promises);
  return Object.fromEntries(await Promise.all(entries.map(async ([key, promise]) => [key, await promise])));
}

it('says of every wanted key that nobody configured Prometheus, and how to', async () => {
  const evidence = await gather(all, undefined);
  const expected = {
    ok: false,
    reason: 'not-configured',
    source: 'prometheus',
    detail: 'no Prometheus is configured',
    hint: 'set prometheus.url in agentops.yaml',
  };
  expect(evidence).toEqual(Object.fromEntries(keys.map((key) => [key, expected])));
});

it('asks for nothing that is not wanted', async () => {
  stub = await startStub(() => scalar);
  expect(await gather(new Set(), { url: stub.url })).toEqual({});
  const evidence = await gather(new Set<EvidenceKey>(['prometheus.info', 'kubernetes.pods']), { url: stub.url });
  expect(Object.keys(evidence)).toEqual(['prometheus.info']);
});

describe('a server that does not answer us', () => {
  it.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [500, 'server-error'],
  ])('is told once for every key and asked once: %d', async (status, reason) => {
    stub = await startStub(() => ({ status, body: {} }));
    const evidence = await gather(all, { url: stub.url });
    for (const key of keys) expect(evidence[key]).toMatchObject({ ok: false, reason, source: `prometheus ${stub.url}` });
    expect(stub.requests).toHaveLength(1);
  });

  it('gets no queries after a probe that was refused', async () => {
    const evidence = await gather(all, { url: 'http://u:canary@127.0.0.1:1/?t=canary' });
    for (const key of keys) {
      expect(evidence[key]).toMatchObject({
        ok: false,
        reason: 'unreachable',
        source: 'prometheus http://127.0.0.1:1',
        detail: 'connection refused',
      });
    }
    expect(JSON.stringify(evidence)).not.toContain('canary');
  });
});

describe('prometheus.info', () => {
  const wanted = new Set<EvidenceKey>(['prometheus.info']);

  it('has version and latency', async () => {
    stub = await startStub(({ path }) => (path.endsWith('/buildinfo') ? success({ version: '2.53.0' }) : scalar));
    expect(await gather(wanted, { url: stub.url })).toMatchObject({
      'prometheus.info': { ok: true, data: { url: stub.url, version: '2.53.0', latencyMs: expect.any(Number) } },
    });
  });

  it('does without a build page, as with Thanos', async () => {
    stub = await startStub(({ path }) =>
      path.endsWith('/buildinfo') ? { status: 404, type: 'text/plain', body: '404 page not found' } : scalar,
    );
    expect(await gather(wanted, { url: stub.url })).toMatchObject({ 'prometheus.info': { ok: true, data: { version: 'unknown' } } });
  });
});

describe('prometheus.targets', () => {
  const wanted = new Set<EvidenceKey>(['prometheus.targets']);
  const up = vector([{ job: 'a', instance: 'a:1' }, '1'], [{ job: 'b', instance: 'b:1' }, '0'], [{ job: 'a', instance: 'a:0' }, '0']);

  it('lists what is down first, with the scrape error and without its credentials', async () => {
    const active = [
      { labels: { job: 'b', instance: 'b:1' }, lastError: 'Get "http://u:canary@b:1/metrics?k=canary": refused' },
      { labels: { job: 'a', instance: 'a:1' }, lastError: '' },
      { strange: true },
    ];
    stub = await startStub(({ path, search }) => {
      if (path === '/api/v1/targets') return success({ activeTargets: active });
      return search.get('query') === '1' ? scalar : up;
    });
    expect((await gather(wanted, { url: stub.url, selector: 'cluster="x"' }))['prometheus.targets']).toEqual({
      ok: true,
      source: `prometheus ${stub.url}`,
      data: [
        { job: 'a', instance: 'a:0', up: false },
        { job: 'b', instance: 'b:1', up: false, error: 'Get "http://b:1/metrics": refused' },
        { job: 'a', instance: 'a:1', up: true },
      ],
    });
    expect(stub.requests.some(({ search }) => search.get('query') === 'up{cluster="x"}')).toBe(true);
  });

  it('does without the targets page, as with Mimir', async () => {
    stub = await startStub(({ path, search }) => {
      if (path === '/api/v1/targets') return { status: 404, type: 'text/plain', body: '' };
      return search.get('query') === '1' ? scalar : up;
    });
    expect((await gather(wanted, { url: stub.url }))['prometheus.targets']).toMatchObject({ ok: true, data: [{}, {}, {}] });
  });

  it('is absent without any up', async () => {
    stub = await startStub(({ search }) => (search.get('query') === '1' ? scalar : vector()));
    expect((await gather(wanted, { url: stub.url }))['prometheus.targets']).toMatchObject({ ok: false, reason: 'absent' });
  });

  it('leaves a gap where the server warns', async () => {
    const warned = success({ resultType: 'vector', result: [{ metric: { job: 'a' }, value: [1, '1'] }] }, { warnings: ['store down'] });
    stub = await startStub(({ search }) => (search.get('query') === '1' ? scalar : warned));
    expect((await gather(wanted, { url: stub.url }))['prometheus.targets']).toMatchObject({
      ok: true,
      gaps: [{ reason: 'invalid', detail: 'the server warns: store down' }],
    });
  });
});

it('says so when no agent metrics are there', async () => {
  stub = await startStub(({ search }) => (search.get('query') === '1' ? scalar : vector([{ __name__: 'agent_build_info' }, '1'])));
  expect((await gather(new Set<EvidenceKey>(['prometheus.performance']), { url: stub.url }))['prometheus.performance']).toMatchObject({
    ok: false,
    reason: 'absent',
    detail: expect.stringContaining('no agent metrics found (looked for ai_agent_*, '),
  });
});
