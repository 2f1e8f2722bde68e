import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { allChecks } from '../../packages/core/src/checks/registry.ts';
import { type Config, configSchema } from '../../packages/core/src/config/schema.ts';
import type { UnavailableReason } from '../../packages/core/src/model/evidence.ts';
import type { CheckResult, CheckStatus } from '../../packages/core/src/model/finding.ts';
import type { Report, Verdict } from '../../packages/core/src/model/report.ts';
import type { Lab } from '../../packages/lab/src/lab.ts';
import { type Fault, faults, startFault } from '../support/fault-server.ts';
import { configOf, diagnoseStill, kubeconfigFor, resultsOf, startStillLab } from '../support/lab-run.ts';
import { startMetricsFault } from '../support/metrics-fault.ts';
import { startRecordingProxy } from '../support/recording-proxy.ts';

/** Nothing but the deadline ends a run against a server that is silent or drips. */
const silent: readonly Fault[] = ['black-hole', 'slow-drip'];
/** ms. The whole healthy rest has to answer within it, several runs at once, on a machine with other work. */
const shortDeadline = 3000;
const silentAtOnce = 4;

/** A source: which evidence comes from it, and the check whose subject is that very server. */
const sources = {
  kubernetes: { prefix: 'kubernetes.', own: 'connectivity/kubernetes-api' },
  'metrics.k8s.io': { prefix: /^kubernetes\.(pod|node)usage$/, own: undefined },
  prometheus: { prefix: 'prometheus.', own: 'connectivity/prometheus' },
  redis: { prefix: 'redis.', own: 'connectivity/redis' },
  vault: { prefix: 'vault.', own: 'connectivity/vault' },
  endpoints: { prefix: 'http.endpoints', own: 'connectivity/endpoint' },
  providers: { prefix: 'http.providers', own: 'connectivity/provider' },
} as const;
type Source = keyof typeof sources;

/**
 * Uses of a source that this platform's objects do not come to: no secret of
 * the lab is a copy of one in Vault, no server of it but Kubernetes speaks TLS.
 */
const untouched: Partial<Readonly<Record<Source, readonly string[]>>> = {
  vault: ['secret-age/kubernetes'],
  endpoints: ['connectivity/certificate'],
  providers: ['connectivity/certificate'],
};

/** What a cell must show. */
interface Expected {
  /** Status of the server's own check, and what it says. */
  readonly own: readonly [CheckStatus, string];
  /** Reason for which every other check that needs the source is unknown; none where it has no other. */
  readonly others: UnavailableReason | undefined;
  readonly verdict: Verdict;
}

const down = (says: string, others?: UnavailableReason): Expected => ({ own: ['fail', says], others, verdict: 'critical' });
const hidden = (says: string, others?: UnavailableReason): Expected => ({ own: ['unknown', says], others, verdict: 'unknown' });
const odd = (says: string): Expected => ({ own: ['warn', says], others: undefined, verdict: 'warning' });
/** It answers as one that is well answers to a client without a key. */
const there: Expected = { own: ['pass', ''], others: undefined, verdict: 'healthy' };

const table: Readonly<Record<Source, Readonly<Record<Fault, Expected>>>> = {
  kubernetes: {
    refused: down('connection refused', 'unreachable'),
    'black-hole': down('no answer in time', 'timeout'),
    dns: down('DNS: no such host', 'unreachable'),
    tls: down('TLS: self-signed certificate', 'unreachable'),
    '401': hidden('answers 401: credentials missing or refused', 'unauthorized'),
    '403': hidden('not allowed to read /version (ClusterRole system:public-info-viewer)', 'forbidden'),
    '429': hidden('answers 429: too many requests', 'rate-limited'),
    '500': down('answers 500', 'server-error'),
    truncated: hidden('the answer was cut short', 'invalid'),
    'wrong-type': hidden('answers text/html instead of JSON', 'invalid'),
    'slow-drip': down('no answer in time', 'timeout'),
  },
  // The API server answers for it where it is not reached. No check has it as its subject: resources/memory-usage speaks.
  'metrics.k8s.io': {
    refused: hidden('metrics.k8s.io answers 503: metrics-server is not there', 'absent'),
    'black-hole': hidden('no answer in time', 'timeout'),
    dns: hidden('metrics.k8s.io answers 503: metrics-server is not there', 'absent'),
    tls: hidden('metrics.k8s.io answers 503: metrics-server is not there', 'absent'),
    '401': hidden('answers 401: credentials missing or refused', 'unauthorized'),
    '403': hidden('not allowed to list pods.metrics.k8s.io in all namespaces', 'forbidden'),
    '429': hidden('answers 429: too many requests', 'rate-limited'),
    '500': hidden('answers 500', 'server-error'),
    truncated: hidden('the answer was cut short', 'invalid'),
    'wrong-type': hidden('answers text/html instead of JSON', 'invalid'),
    'slow-drip': hidden('no answer in time', 'timeout'),
  },
  prometheus: {
    refused: down('connection refused', 'unreachable'),
    'black-hole': down('no answer in time', 'timeout'),
    dns: down('DNS: no such host', 'unreachable'),
    tls: down('TLS: self-signed certificate', 'unreachable'),
    '401': hidden('answers 401: credentials missing or refused', 'unauthorized'),
    '403': hidden('answers 403: not allowed', 'forbidden'),
    '429': hidden('answers 429: too many requests', 'rate-limited'),
    '500': down('answers 500', 'server-error'),
    truncated: hidden('the answer was cut short', 'invalid'),
    'wrong-type': hidden('answers text/html instead of JSON', 'invalid'),
    'slow-drip': down('no answer in time', 'timeout'),
  },
  // In RESP: 401 is NOAUTH, 403 NOPERM, 429 a server that is full, 500 LOADING; a body that is cut is a connection that ends.
  redis: {
    refused: down('connection refused', 'unreachable'),
    'black-hole': down('no answer in … s', 'timeout'),
    dns: down('DNS: no such host', 'unreachable'),
    tls: down('TLS: self-signed certificate', 'unreachable'),
    '401': hidden('answers NOAUTH: a password is required', 'unauthorized'),
    '403': hidden('the ACL does not allow AUTH', 'forbidden'),
    '429': down('refuses clients: maxclients is reached', 'server-error'),
    '500': down('answers LOADING: it is reading its data set', 'server-error'),
    truncated: down('connection closed by the server', 'unreachable'),
    'wrong-type': hidden('the answer is not RESP (no Redis there?)', 'invalid'),
    'slow-drip': down('no answer in … s', 'timeout'),
  },
  vault: {
    refused: down('connection refused', 'unreachable'),
    'black-hole': down('no answer in time', 'timeout'),
    dns: down('DNS: no such host', 'unreachable'),
    tls: down('TLS: self-signed certificate', 'unreachable'),
    '401': hidden("answers 401: credentials missing or refused (not as Vault's sys/health)", 'unauthorized'),
    '403': hidden("answers 403: not allowed (not as Vault's sys/health)", 'forbidden'),
    '429': hidden("answers 429: too many requests (not as Vault's sys/health)", 'rate-limited'),
    '500': down("answers 500 (not as Vault's sys/health)", 'server-error'),
    truncated: hidden('the answer was cut short', 'invalid'),
    'wrong-type': hidden("the answer (text/html) is not that of Vault's sys/health", 'invalid'),
    'slow-drip': down('no answer in time', 'timeout'),
  },
  endpoints: {
    refused: down('connection refused'),
    'black-hole': hidden('the run ended before it could answer'),
    dns: down('DNS: no such host'),
    tls: down('TLS: self-signed certificate'),
    '401': hidden('answers 401: credentials missing or refused'),
    '403': hidden('answers 403: not allowed'),
    '429': hidden('answers 429: too many requests'),
    '500': down('answers 500'),
    truncated: down('the answer was cut short'),
    'wrong-type': down('answers text/html instead of application/json'),
    'slow-drip': hidden('the run ended before it could answer'),
  },
  providers: {
    refused: down('connection refused'),
    'black-hole': hidden('the run ended before it could answer'),
    dns: down('DNS: no such host'),
    tls: down('TLS: self-signed certificate'),
    // No key is sent, so a provider that is well refuses: the one fault that cannot be one.
    '401': there,
    '403': there,
    '429': odd('answers 429: too many requests, retry after 1 h'),
    '500': down('answers 500'),
    truncated: down('the answer was cut short'),
    'wrong-type': odd('answers 200 with a web page'),
    'slow-drip': hidden('the run ended before it could answer'),
  },
};

interface Cell {
  readonly report: Report;
  /** ms between the deadline and the end of the run; negative where it ended before. */
  readonly late: number;
  /** Sockets that the server still held a while after the run. */
  readonly left: number;
}

const cells = Object.keys(sources).flatMap((source) => faults.map((fault) => [source as Source, fault] as const));
const outcomes = new Map<string, Promise<Cell>>();
const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);
let lab: Lab;
let prometheus: { url: string; close(): Promise<void> };
let usual: Map<string, CheckResult>;
/** Every source silent at once, under a deadline that is far away. */
let allSilent: Promise<Report>;

beforeAll(async () => {
  process.on('unhandledRejection', note).on('uncaughtExceptionMonitor', note);
  lab = await startStillLab('healthy');
  prometheus = await startRecordingProxy(lab.urls.prometheus);
  const report = await diagnoseStill(configure());
  expect(report.verdict).toBe('healthy');
  usual = resultsOf(report);
  allSilent = runAllSilent();
  allSilent.catch(() => undefined);
  // Silent cells first, some at once, for they only wait; the others one after the other.
  const settle = new Map(
    cells.map(([source, fault]) => {
      const { promise, resolve, reject } = Promise.withResolvers<Cell>();
      promise.catch(() => undefined);
      outcomes.set(`${source} ${fault}`, promise);
      return [`${source} ${fault}`, () => runCell(source, fault).then(resolve, reject)] as const;
    }),
  );
  const isSilent = (key: string): boolean => silent.some((fault) => key.endsWith(` ${fault}`));
  void inTurn(
    [...settle].filter(([key]) => isSilent(key)).map(([, run]) => run),
    silentAtOnce,
  ).then(() =>
    inTurn(
      [...settle].filter(([key]) => !isSilent(key)).map(([, run]) => run),
      1,
    ),
  );
});

afterAll(async () => {
  await Promise.allSettled([...outcomes.values(), allSilent]);
  await Promise.all([prometheus.close(), lab.close()]);
  process.off('unhandledRejection', note).off('uncaughtExceptionMonitor', note);
});

/** A secret that is rotated, and never was yet: with it the checks on rotations have something to look at. */
const { secrets } = configSchema.parse({
  secrets: [{ name: 'openai-key', vault: { mount: 'kv', path: 'agents/openai', field: 'key' }, issuer: { type: 'random' } }],
});

/** The healthy platform. */
function configure(timeout = 20_000): Config {
  const config = configOf(lab, { timeout, secrets });
  return { ...config, ...(config.prometheus ? { prometheus: { ...config.prometheus, url: prometheus.url } } : {}) };
}

async function inTurn(work: readonly (() => Promise<void>)[], atOnce: number): Promise<void> {
  const queue = work.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const run of queue) await run();
    }),
  );
}

async function runCell(source: Source, fault: Fault): Promise<Cell> {
  const server =
    source === 'metrics.k8s.io'
      ? { redisUrl: '', ...(await startMetricsFault(fault, lab.urls.kubernetes)) }
      : await startFault(fault, source === 'redis' ? 'redis' : 'http');
  try {
    const config = configure(silent.includes(fault) ? shortDeadline : undefined);
    // A timer for the same instant: it says how late this machine is with timers just now.
    const start = performance.now();
    let passed = start + config.timeout;
    const timer = setTimeout(() => (passed = performance.now()), config.timeout);
    const report = await diagnoseStill({ ...config, ...at(source, server, config) });
    const late = performance.now() - passed;
    clearTimeout(timer);
    await vi.waitFor(() => expect(server.connections()).toBe(0), { timeout: 1000, interval: 5 }).catch(() => undefined);
    return { report, late, left: server.connections() };
  } finally {
    await server.close();
  }
}

async function runAllSilent(): Promise<Report> {
  const [http, redis] = await Promise.all([startFault('black-hole'), startFault('black-hole', 'redis')]);
  try {
    const config = configure();
    const points = Object.keys(sources).map((source) => at(source as Source, { url: http.url, redisUrl: redis.redisUrl }, config));
    return await diagnoseStill(Object.assign({}, config, ...points));
  } finally {
    await Promise.all([http.close(), redis.close()]);
  }
}

/** The configuration's part that points at a source. */
function at(source: Source, server: { url: string; redisUrl: string }, config: Config): Partial<Config> {
  switch (source) {
    case 'kubernetes':
    case 'metrics.k8s.io':
      return { kubernetes: { ...config.kubernetes, kubeconfig: kubeconfigFor(lab, server.url) } };
    case 'prometheus':
      return config.prometheus ? { prometheus: { ...config.prometheus, url: server.url } } : {};
    case 'redis':
      return { redis: config.redis.map((each) => ({ ...each, url: server.redisUrl })) };
    case 'vault':
      return config.vault ? { vault: { ...config.vault, address: server.url } } : {};
    case 'endpoints':
      return { endpoints: config.endpoints.map((each) => ({ ...each, url: `${server.url}/health`, expectType: 'application/json' })) };
    case 'providers':
      return { providers: config.providers.map((each) => ({ ...each, url: `${server.url}/v1` })) };
  }
}

/** Ids of the checks that read a source, its own check aside. */
function readersOf(source: Source): string[] {
  const { prefix, own } = sources[source];
  return allChecks
    .filter((check) =>
      [...check.needs, ...check.uses].some((key) => (typeof prefix === 'string' ? key.startsWith(prefix) : prefix.test(key))),
    )
    .map((check) => check.meta.id)
    .filter((id) => id !== own && !untouched[source]?.includes(id));
}

describe.each(cells)('%s: %s', (source, fault) => {
  const expected = table[source][fault];
  const { own } = sources[source];
  const outcome = (): Promise<Cell> => outcomes.get(`${source} ${fault}`) ?? Promise.reject(new Error('not run'));

  it('is told by the checks that need it, and by no other', async () => {
    const { report } = await outcome();
    const results = resultsOf(report);
    const [status, says] = expected.own;
    const readers = readersOf(source);
    const speaker = own ?? 'resources/memory-usage';
    expect({ status: results.get(speaker)?.status, says: saidBy(results.get(speaker)) }).toEqual({
      status,
      says: says === '' ? [] : [says],
    });
    const seen = readers.map((id) => [id, results.get(id)?.status, [...new Set(results.get(id)?.gaps.map((gap) => gap.reason))]]);
    expect(seen).toEqual(readers.map((id) => [id, 'unknown', [expected.others]]));
    const touched = [...readers, own, ...certificateOf(source, fault)];
    for (const [id, result] of usual) if (!touched.includes(id)) expect(results.get(id)).toEqual(result);
  });

  it('is in the verdict, within the deadline', async () => {
    const { report, late } = await outcome();
    expect(report.verdict).toBe(expected.verdict);
    expect(late).toBeLessThan(500);
  });

  it('is left alone afterwards', async () => {
    expect((await outcome()).left).toBe(0);
  });
});

/** What a check's findings and gaps say, but for the time that a busy machine adds to the deadline. */
function saidBy(result: CheckResult | undefined): string[] {
  const said = [...(result?.findings.map((found) => found.seen) ?? []), ...(result?.gaps.map((gap) => gap.detail) ?? [])];
  return said.map((text) => text.replace(/in [\d.]+ s$/, 'in … s'));
}

/** The check on certificates, where this fault shows it one or keeps it from looking: all faults but `tls` speak without TLS. */
function certificateOf(source: Source, fault: Fault): string[] {
  const instead = source === 'kubernetes' || source === 'metrics.k8s.io';
  const asked = source === 'endpoints' || source === 'providers';
  return instead || fault === 'tls' || (asked && silent.includes(fault)) ? ['connectivity/certificate'] : [];
}

// The healthy platform has one: its API server's.
it.each([
  ['kubernetes', 'refused', 'pass', 0],
  ['kubernetes', 'tls', 'pass', 1],
  ['prometheus', 'tls', 'pass', 2],
  ['redis', 'tls', 'pass', 2],
  ['vault', 'tls', 'pass', 2],
  ['endpoints', 'black-hole', 'unknown', 1],
  ['endpoints', 'slow-drip', 'unknown', 1],
  ['endpoints', 'tls', 'pass', 2],
  ['providers', 'black-hole', 'unknown', 1],
  ['providers', 'slow-drip', 'unknown', 1],
  ['providers', 'tls', 'pass', 2],
] as const)('certificates: %s, %s: %s, %d seen', async (source, fault, status, count) => {
  const report = (await outcomes.get(`${source} ${fault}`))?.report;
  expect(report && resultsOf(report).get('connectivity/certificate')).toMatchObject({ status, examined: { count } });
});

it('who is silent is given up after 5 s, long before the deadline', async () => {
  const results = resultsOf(await allSilent);
  const said = ['kubernetes-api', 'prometheus', 'redis', 'vault', 'endpoint', 'provider'].map((name) => [
    name,
    // A probe of HTTP says how long it waited, to a tenth of a second.
    results.get(`connectivity/${name}`)?.findings.map(({ seen }) => seen.replace(/ [56]\.\d s$/, ' 5 s')),
  ]);
  expect(said).toEqual([
    ['kubernetes-api', ['no answer in 5 s']],
    ['prometheus', ['no answer in 5 s']],
    ['redis', ['no answer in 5 s']],
    ['vault', ['no answer in 5 s']],
    ['endpoint', ['HTTP: no answer in 5 s']],
    ['provider', ['HTTP: no answer in 5 s']],
  ]);
  const others = [...results.values()].flatMap(({ gaps }) => gaps.map(({ detail }) => detail));
  expect([...new Set(others)]).toEqual(['no answer in 5 s']);
});

it('nothing was thrown where nobody caught it', async () => {
  await Promise.all(outcomes.values());
  await pause(50);
  expect(unhandled).toEqual([]);
});
