import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Config, configSchema } from '../../packages/core/src/config/schema.ts';
import { gather } from '../../packages/core/src/evidence/gather.ts';
import type { Evidence, UnavailableReason } from '../../packages/core/src/model/evidence.ts';
import type { EvidenceKey } from '../../packages/core/src/model/evidence-map.ts';
import type { ServerName } from '../../scripts/servers/state.ts';
import { openProxy, type Toxic } from '../../scripts/servers/toxiproxy.ts';
import { testGatherContext, testHost } from '../support/host.ts';
import { describeReal } from './support.ts';

/** A whole run's deadline in these tests, ms. */
const deadlineMs = 2500;

type Source = Exclude<ServerName, 'toxiproxy' | 'postgres'>;

const blackHole: Toxic = { type: 'timeout', attributes: { timeout: 0 } };
const reset: Toxic = { type: 'reset_peer', attributes: { timeout: 0 } };
const cut = (bytes: number): Toxic => ({ type: 'limit_data', attributes: { bytes } });
const sliced: Toxic = { type: 'slicer', attributes: { average_size: 200, size_variation: 100, delay: 50 } };
const late: Toxic = { type: 'latency', attributes: { latency: 150, jitter: 0 } };
/** In kB a second. */
const drip: Toxic = { type: 'bandwidth', attributes: { rate: 1 } };

describeReal(['toxiproxy', 'kubernetes', 'prometheus', 'redis', 'vault'], 'faults on the wire', (servers) => {
  const { kubernetes, prometheus, redis, vault, toxiproxy } = servers;
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'agentops-faults-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const upstream: Record<Source, string> = {
    kubernetes: new URL(kubernetes.url).host,
    prometheus: new URL(prometheus.url).host,
    redis: `${redis.host}:${redis.port}`,
    vault: new URL(vault.url).host,
  };
  const keys: Record<Source, EvidenceKey> = {
    kubernetes: 'kubernetes.pods',
    prometheus: 'prometheus.performance',
    redis: 'redis.servers',
    vault: 'vault.secrets',
  };
  const allKeys = new Set(Object.values(keys));

  const address = (source: Source, port: number): string => upstream[source].replace(/:\d+$/, `:${port}`);
  /** All four servers, one of them behind the proxy. */
  const configFor = (behind: Source, port: number): Config => {
    const at = (source: Source): string => (source === behind ? address(source, port) : upstream[source]);
    const kubeconfig = join(folder, `kubeconfig-${port}`);
    writeFileSync(kubeconfig, readFileSync(kubernetes.kubeconfig, 'utf8').replaceAll(upstream.kubernetes, at('kubernetes')), {
      mode: 0o600,
    });
    return configSchema.parse({
      kubernetes: { kubeconfig },
      prometheus: { url: `http://${at('prometheus')}` },
      redis: [{ url: `redis://${at('redis')}` }],
      vault: { address: `http://${at('vault')}`, auth: { method: 'token', token: vault.readerToken }, secrets: [{ mount: 'secret' }] },
    });
  };

  /** Gathers all sources; redis answers a list of servers, of which there is one. */
  const gatherAll = async (config: Config): Promise<{ seen: Map<EvidenceKey, Evidence<unknown>>; tookMs: number }> => {
    const context = testGatherContext(deadlineMs, testHost({ now: Date.now() }));
    const began = performance.now();
    const gathering = await gather(config, allKeys, context);
    const promises = Object.assign({}, gathering.shared, ...gathering.contexts.map(({ evidence }) => evidence)) as Record<
      string,
      Promise<Evidence<unknown>>
    >;
    const entries = await Promise.all([...allKeys].map(async (key) => [key, await promises[key]] as const));
    const seen = new Map<EvidenceKey, Evidence<unknown>>();
    for (const [key, piece] of entries) {
      const inner = key === 'redis.servers' && piece?.ok ? (piece.data as readonly Evidence<unknown>[])[0] : piece;
      if (inner) seen.set(key, inner);
    }
    return { seen, tookMs: performance.now() - began };
  };

  // Where the answer is cut: behind the TLS handshake and the headers, within the body.
  it.each<[source: Source, fault: string, toxics: Toxic[], expected: UnavailableReason | 'seen']>([
    ['kubernetes', 'black hole', [blackHole], 'timeout'],
    ['prometheus', 'black hole', [blackHole], 'timeout'],
    ['redis', 'black hole', [blackHole], 'timeout'],
    ['vault', 'black hole', [blackHole], 'timeout'],
    ['kubernetes', 'connection reset', [reset], 'unreachable'],
    ['prometheus', 'connection reset', [reset], 'unreachable'],
    ['redis', 'connection reset', [reset], 'unreachable'],
    ['vault', 'connection reset', [reset], 'unreachable'],
    ['kubernetes', 'answer cut short', [cut(12_000)], 'invalid'],
    ['prometheus', 'answer cut short', [cut(180)], 'invalid'],
    ['redis', 'answer cut short', [cut(200)], 'unreachable'],
    ['vault', 'answer cut short', [cut(500)], 'invalid'],
    ['kubernetes', 'slow drip', [drip], 'timeout'],
    ['redis', 'slow drip', [drip], 'timeout'],
    ['kubernetes', 'answers in small slices', [sliced], 'seen'],
    ['prometheus', 'answers in small slices', [sliced], 'seen'],
    ['redis', 'answers in small slices', [sliced], 'seen'],
    ['vault', 'answers in small slices', [sliced], 'seen'],
    ['kubernetes', '150 ms late', [late], 'seen'],
    ['prometheus', '150 ms late', [late], 'seen'],
    ['redis', '150 ms late', [late], 'seen'],
    ['vault', '150 ms late', [late], 'seen'],
  ])('%s: %s', async (source, _fault, toxics, expected) => {
    const proxy = await openProxy(toxiproxy, upstream[source], toxics);
    try {
      const { seen, tookMs } = await gatherAll(configFor(source, proxy.port));
      const reasons = [...seen].map(([key, piece]) => [key, piece.ok ? 'seen' : piece.reason]);
      // The one behind the fault with its reason, the others unaffected.
      expect(Object.fromEntries(reasons)).toEqual({
        ...Object.fromEntries([...allKeys].map((key) => [key, 'seen'])),
        [keys[source]]: expected,
      });
      expect(tookMs).toBeLessThan(deadlineMs + 500);
    } finally {
      await proxy.remove();
    }
  });

  it.each<[Source]>([['kubernetes'], ['prometheus'], ['redis'], ['vault']])('%s: nobody listens', async (source) => {
    const proxy = await openProxy(toxiproxy, upstream[source], []);
    await proxy.remove();
    const { seen } = await gatherAll(configFor(source, proxy.port));
    expect(seen.get(keys[source])).toMatchObject({
      ok: false,
      reason: 'unreachable',
      detail: expect.stringContaining('connection refused'),
    });
  });
});
