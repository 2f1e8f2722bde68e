import { describe, expect, test } from 'vitest';
import { certificate } from '../../../packages/core/src/checks/connectivity/certificate.ts';
import { endpoint } from '../../../packages/core/src/checks/connectivity/endpoint.ts';
import { provider } from '../../../packages/core/src/checks/connectivity/provider.ts';
import { available } from '../../../packages/core/src/model/evidence.ts';
import type { EndpointProbe, ProviderProbe, ServerCertificate } from '../../../packages/core/src/model/servers.ts';
import { missing, now, probe, run } from './run.ts';

const failed = (
  reason: NonNullable<EndpointProbe['failure']>['reason'],
  detail: string,
  more: Partial<EndpointProbe> = {},
): EndpointProbe => probe({ ok: false, failure: { phase: 'http', reason, detail }, ...more });
const day = 86_400_000;

describe('endpoint', () => {
  const judge = (...probes: EndpointProbe[]) => run(endpoint, { 'http.endpoints': available('HTTP endpoints', probes) });

  test('well', () => {
    expect(judge(probe())).toEqual({
      findings: [],
      gaps: [],
      facts: [
        {
          label: 'endpoint',
          resource: { kind: 'Endpoint', name: 'gateway' },
          text: '200, DNS 2 ms, TCP 1 ms, TLS 20 ms, first byte 30 ms',
          measured: { value: 53, unit: 'ms' },
        },
      ],
      examined: { count: 1, noun: 'endpoint' },
    });
  });

  test('not answering: the phases that were reached are told', () => {
    const refused = probe({
      url: 'http://gateway.agents:8080/healthz',
      ok: false,
      timings: { dnsMs: 2, totalMs: 3 },
      failure: { phase: 'tcp', reason: 'unreachable', detail: 'connection refused' },
    });
    const { status: _none, ...unanswered } = refused;
    expect(judge(unanswered).findings).toEqual([
      {
        severity: 'critical',
        resource: { kind: 'Endpoint', name: 'gateway' },
        seen: 'connection refused',
        expected: 'a status below 400',
        detail: 'http://gateway.agents:8080/healthz: DNS 2 ms',
        next: [
          'kubectl -n agents get endpointslices -l kubernetes.io/service-name=gateway',
          `curl -sS -o /dev/null -w '%{http_code} in %{time_total} s\\n' http://gateway.agents:8080/healthz`,
        ],
      },
    ]);
    expect(judge(unanswered).facts).toEqual([]);
  });

  test.each([
    ['unreachable', 'critical'],
    ['timeout', 'critical'],
    ['server-error', 'critical'],
    ['absent', 'critical'],
    ['invalid', 'critical'],
  ] as const)('%s is %s', (reason, severity) => {
    expect(judge(failed(reason, 'why'))).toMatchObject({ findings: [{ severity, seen: 'why' }], gaps: [] });
  });

  test.each([
    ['unauthorized', 401, 'set headers: of endpoint gateway, or expectStatus: [401]'],
    ['forbidden', 403, 'set headers: of endpoint gateway, or expectStatus: [403]'],
    ['rate-limited', 429, 'it throttles this probe; look again later'],
  ] as const)('%s could not be judged', (reason, status, hint) => {
    expect(judge(failed(reason, 'why', { status }))).toMatchObject({ findings: [], gaps: [{ reason, detail: 'why', hint }] });
  });

  test('slow: connection and first byte together', () => {
    expect(judge(probe({ timings: { tcpMs: 1000, firstByteMs: 1000 } })).findings).toEqual([]);
    expect(judge(probe({ timings: { tcpMs: 1000, firstByteMs: 1001 } })).findings).toMatchObject([
      { severity: 'warning', seen: 'first byte after 2 s', measured: { value: 2001, unit: 'ms' }, threshold: { value: 2000, unit: 'ms' } },
    ]);
  });

  test('proxy and unverified certificate are told', () => {
    const text = judge(probe({ via: 'proxy:3128', unverified: true, timings: { tcpMs: 1 } })).facts?.[0]?.text;
    expect(text).toBe('200, TCP 1 ms, through proxy proxy:3128, certificate not verified (insecureSkipVerify)');
  });

  test('evidence that is missing as a whole', () => {
    expect(run(endpoint, { 'http.endpoints': missing('timeout', 'HTTP endpoints') })).toMatchObject({
      findings: [],
      gaps: [{ reason: 'timeout' }],
    });
  });
});

describe('provider', () => {
  const { status: _none, ...unanswered } = probe({ name: 'openai', url: 'https://api.openai.com/v1/models' });
  const judge = (more: Partial<ProviderProbe>) =>
    run(provider, {
      'http.providers': available('model providers', [{ ...unanswered, provider: 'openai', ...more }]),
    });

  test('refused for want of a key: it is there', () => {
    expect(judge({ status: 401 })).toMatchObject({
      findings: [],
      facts: [{ text: '401, DNS 2 ms, TCP 1 ms, TLS 20 ms, first byte 30 ms' }],
    });
  });

  test.each<[string, Partial<ProviderProbe>, string, string]>([
    [
      'down',
      { ok: false, failure: { phase: 'tcp', reason: 'timeout', detail: 'TCP: no answer in 5 s' } },
      'critical',
      'TCP: no answer in 5 s',
    ],
    [
      'broken',
      { ok: false, status: 503, failure: { phase: 'http', reason: 'server-error', detail: 'answers 503' } },
      'critical',
      'answers 503',
    ],
    [
      'throttling',
      { ok: false, status: 429, retryAfterMs: 30_000, failure: { phase: 'http', reason: 'rate-limited', detail: 'answers 429' } },
      'warning',
      'answers 429: too many requests, retry after 30 s',
    ],
    [
      'redirected',
      { ok: false, status: 302, failure: { phase: 'http', reason: 'invalid', detail: 'answers 302' } },
      'warning',
      'answers 302',
    ],
    ['a page of a proxy', { status: 403, contentType: 'text/html' }, 'warning', 'answers 403 with a web page'],
    ['slow', { status: 401, timings: { firstByteMs: 3001 } }, 'warning', 'first byte after 3 s'],
  ])('%s', (_what, more, severity, seen) => {
    expect(judge(more).findings).toMatchObject([{ severity, seen, resource: { kind: 'Provider', name: 'openai' } }]);
  });
});

describe('certificate', () => {
  const certified = (daysLeft: number, more: Partial<EndpointProbe> = {}): EndpointProbe =>
    probe({ certificate: { subject: 'gateway.example', issuer: 'R11', notAfter: now + daysLeft * day }, ...more });
  const judge = (...probes: EndpointProbe[]) => run(certificate, { 'http.endpoints': available('HTTP endpoints', probes) });

  test.each<[number, string | undefined, string | undefined]>([
    [30, undefined, undefined],
    [29.9, 'warning', 'expires in 29 d'],
    [7, 'warning', 'expires in 7 d'],
    [6.9, 'critical', 'expires in 6 d'],
    [0.5, 'critical', 'expires in 0 d'],
    [-0.5, 'critical', 'expired 0 d ago'],
    [-12.5, 'critical', 'expired 12 d ago'],
  ])('%d days left', (left, severity, seen) => {
    expect(judge(certified(left)).findings.map((found) => [found.severity, found.seen])).toEqual(severity ? [[severity, seen]] : []);
  });

  test('the whole finding', () => {
    expect(judge(certified(3.5)).findings).toEqual([
      {
        severity: 'critical',
        resource: { kind: 'Certificate', name: 'gateway.example' },
        seen: 'expires in 3 d',
        expected: 'more than 7 d left',
        measured: { value: 3, unit: 'days' },
        threshold: { value: 7, unit: 'days' },
        detail: 'gateway.example, by R11, until 2026-11-25; used by gateway',
        next: [
          'openssl s_client -connect gateway.example:443 -servername gateway.example </dev/null | openssl x509 -noout -subject -enddate',
        ],
      },
    ]);
  });

  test('one server, several endpoints: once, by the earliest end', () => {
    const outcome = judge(
      certified(90),
      certified(5, { name: 'b', url: 'https://gateway.example/b' }),
      certified(2, { url: 'https://other.example:8443/' }),
    );
    expect(outcome.examined).toEqual({ count: 2, noun: 'certificate' });
    expect(outcome.findings.map(({ resource, seen }) => [resource.name, seen])).toEqual([
      ['gateway.example', 'expires in 5 d'],
      ['other.example:8443', 'expires in 2 d'],
    ]);
  });

  test('an expired one was seen though the connection failed; one that was not seen is a gap', () => {
    const expired = certified(-1, { ok: false, failure: { phase: 'tls', reason: 'unreachable', detail: 'TLS: certificate has expired' } });
    expect(judge(expired)).toMatchObject({ findings: [{ severity: 'critical' }], gaps: [] });
    expect(judge(failed('unreachable', 'connection refused'))).toMatchObject({
      findings: [],
      gaps: [{ reason: 'unreachable', source: 'endpoint gateway.example', detail: 'its certificate was not seen: connection refused' }],
    });
  });

  const server = (daysLeft: number, more: Partial<ServerCertificate> = {}): ServerCertificate => ({
    name: 'vault',
    server: 'vault.example:8200',
    subject: 'vault.example',
    issuer: 'R11',
    notAfter: now + daysLeft * day,
    ...more,
  });

  test('servers count as well; one that an endpoint is on, too, counts once', () => {
    const outcome = run(certificate, {
      'http.endpoints': available('HTTP endpoints', [certified(90)]),
      'tls.servers': available('server certificates', [
        server(12.5),
        server(-3.5, { name: 'redis cache', server: 'cache.agents:6380' }),
        server(2.5, { name: 'prometheus', server: 'gateway.example' }),
      ]),
    });
    expect(outcome.examined).toEqual({ count: 3, noun: 'certificate' });
    expect(outcome.findings.map(({ severity, resource, seen, detail }) => [severity, resource.name, seen, detail])).toEqual([
      ['critical', 'gateway.example', 'expires in 2 d', 'vault.example, by R11, until 2026-11-24; used by gateway, prometheus'],
      ['warning', 'vault.example:8200', 'expires in 12 d', 'vault.example, by R11, until 2026-12-04; used by vault'],
      ['critical', 'cache.agents:6380', 'expired 3 d ago', 'vault.example, by R11, until 2026-11-18; used by redis cache'],
    ]);
    expect(outcome.findings[2]?.next).toEqual([
      'openssl s_client -connect cache.agents:6380 -servername cache.agents </dev/null | openssl x509 -noout -subject -enddate',
    ]);
  });

  test('the days that are left are told though all is well', () => {
    const outcome = run(certificate, { 'tls.servers': available('server certificates', [server(364.5)]) });
    expect(outcome).toMatchObject({ findings: [], gaps: [] });
    expect(outcome.facts).toEqual([
      {
        label: 'certificate',
        resource: { kind: 'Certificate', name: 'vault.example:8200' },
        text: 'expires in 364 d',
        measured: { value: 364, unit: 'days' },
      },
    ]);
  });

  test('servers that could not be seen as a whole are a gap', () => {
    expect(run(certificate, { 'tls.servers': missing('timeout', 'server certificates') })).toMatchObject({
      findings: [],
      gaps: [{ reason: 'timeout', source: 'server certificates' }],
    });
  });

  test('plain HTTP has none', () => {
    expect(judge(probe({ url: 'http://gateway.example/' }))).toMatchObject({ findings: [], gaps: [], note: 'nothing with TLS' });
  });

  test('providers count as well, and missing evidence is a gap', () => {
    const outcome = run(certificate, {
      'http.endpoints': missing('timeout', 'HTTP endpoints'),
      'http.providers': available('model providers', [{ ...certified(1, { url: 'https://api.openai.com/v1' }), provider: 'openai' }]),
    });
    expect(outcome).toMatchObject({ findings: [{ resource: { name: 'api.openai.com' } }], gaps: [{ reason: 'timeout' }] });
  });
});
