import { z } from 'zod';
import type { Unavailable } from '../../model/evidence.ts';
import type { Fact } from '../../model/finding.ts';
import { listed } from '../../model/format.ts';
import type { CertificateFacts, EndpointProbe, ServerCertificate } from '../../model/servers.ts';
import { type CheckContext, defineCheck, type FindingDraft } from '../check.ts';
import { shellQuote } from '../kubectl.ts';

const day = 86_400_000;
const settings = z.strictObject({
  warnDays: z.number().nonnegative().default(30).describe('days left'),
  criticalDays: z.number().nonnegative().default(7).describe('days left'),
});

/** One server's TLS as one of its users met it. */
interface Sight {
  /** Host and port, the port left out where it is 443. */
  readonly host: string;
  /** Who uses it: the name of an endpoint, of a provider, of a server. */
  readonly user: string;
  readonly certificate: CertificateFacts | undefined;
  readonly failure?: EndpointProbe['failure'];
}

export const certificate = defineCheck({
  meta: {
    id: 'connectivity/certificate',
    category: 'connectivity',
    title: 'server certificates',
    why: 'The day it expires every client that verifies it stops talking to this server.',
    remedy: [
      'Renew it; with cert-manager look at the Certificate and its events, for a renewal is due at two thirds of its life.',
      'After the renewal make the server load it: some need a reload.',
      'Of the Kubernetes API: `kubeadm certs renew apiserver` on a control plane of your own, then restart it; else ask the provider.',
    ],
  },
  needs: [],
  uses: ['http.endpoints', 'http.providers', 'tls.servers'],
  settings,
  evaluate(input, limits, context) {
    const pieces = [input['http.endpoints'], input['http.providers'], input['tls.servers']];
    const gaps = pieces.filter((piece) => !piece.ok).filter((piece) => piece.reason !== 'not-configured');
    const sights = [
      ...[input['http.endpoints'], input['http.providers']].flatMap((piece) => (piece.ok ? piece.data.flatMap(ofProbe) : [])),
      ...(input['tls.servers'].ok ? input['tls.servers'].data.map(ofServer) : []),
    ];
    // Several endpoints behind one server show one certificate.
    const servers = Map.groupBy(sights, ({ host }) => host);
    return {
      findings: [...servers].flatMap(([host, group]) => judge(host, group, limits, context)),
      gaps: [...gaps, ...[...servers].flatMap(([host, group]) => notSeen(host, group))],
      facts: [...servers].flatMap(([host, group]) => describe(host, group, context)),
      examined: { count: servers.size, noun: 'certificate' },
      ...(servers.size === 0 ? { note: 'nothing with TLS' } : {}),
    };
  },
});

function ofProbe({ name, url, certificate, failure }: EndpointProbe): Sight[] {
  if (!url.startsWith('https:')) return [];
  return [{ host: new URL(url).host, user: name, certificate, ...(failure ? { failure } : {}) }];
}

function ofServer({ name, server, ...certificate }: ServerCertificate): Sight {
  return { host: server, user: name, certificate };
}

function notSeen(host: string, group: readonly Sight[]): Unavailable[] {
  if (group.some((sight) => sight.certificate)) return [];
  const failure = group.find((sight) => sight.failure)?.failure;
  const detail = `its certificate was not seen: ${failure?.detail ?? 'no TLS'}`;
  return [{ ok: false, reason: failure?.reason ?? 'invalid', source: `endpoint ${host}`, detail }];
}

/** Behind a load balancer they may differ: the one that expires first counts. */
function firstToEnd(group: readonly Sight[]): CertificateFacts | undefined {
  return group
    .map((sight) => sight.certificate)
    .filter((one) => one !== undefined)
    .reduce<CertificateFacts | undefined>((a, b) => (a && a.notAfter <= b.notAfter ? a : b), undefined);
}

function timeLeft(left: number): string {
  return left <= 0 ? `expired ${Math.floor(-left)} d ago` : `expires in ${Math.floor(left)} d`;
}

function describe(host: string, group: readonly Sight[], { now }: CheckContext): Fact[] {
  const first = firstToEnd(group);
  if (!first) return [];
  const left = (first.notAfter - now) / day;
  return [
    {
      label: 'certificate',
      resource: { kind: 'Certificate', name: host },
      text: timeLeft(left),
      measured: { value: Math.floor(left), unit: 'days' },
    },
  ];
}

function judge(host: string, group: readonly Sight[], limits: z.infer<typeof settings>, { now }: CheckContext): FindingDraft[] {
  const first = firstToEnd(group);
  if (!first) return [];
  const left = (first.notAfter - now) / day;
  const critical = left <= 0 || left < limits.criticalDays;
  if (!critical && left >= limits.warnDays) return [];
  const threshold = critical ? limits.criticalDays : limits.warnDays;
  const [name = '', port = '443'] = host.startsWith('[') ? [host.slice(0, host.indexOf(']') + 1), host.split(']:')[1]] : host.split(':');
  const users = [...new Set(group.map(({ user }) => user))];
  return [
    {
      severity: critical ? 'critical' : 'warning',
      resource: { kind: 'Certificate', name: host },
      seen: timeLeft(left),
      expected: `more than ${threshold} d left`,
      measured: { value: Math.floor(left), unit: 'days' },
      threshold: { value: threshold, unit: 'days' },
      detail: `${first.subject}, by ${first.issuer}, until ${new Date(first.notAfter).toISOString().slice(0, 10)}; used by ${listed(users)}`,
      next: [
        `openssl s_client -connect ${shellQuote(`${name}:${port}`)} -servername ${shellQuote(name)} </dev/null | openssl x509 -noout -subject -enddate`,
      ],
    },
  ];
}
