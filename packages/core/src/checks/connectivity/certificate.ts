import { z } from 'zod';
import type { Unavailable } from '../../model/evidence.ts';
import { listed } from '../../model/format.ts';
import type { EndpointProbe } from '../../model/servers.ts';
import { type CheckContext, defineCheck, type FindingDraft } from '../check.ts';
import { shellQuote } from '../kubectl.ts';

const day = 86_400_000;
const settings = z.strictObject({
  warnDays: z.number().nonnegative().default(30).describe('days left'),
  criticalDays: z.number().nonnegative().default(7).describe('days left'),
});

export const certificate = defineCheck({
  meta: {
    id: 'connectivity/certificate',
    category: 'connectivity',
    title: 'server certificates',
    why: 'the day it expires every client that verifies it stops talking to this server',
    remedy: [
      'Renew it; with cert-manager look at the Certificate and its events, for a renewal is due at two thirds of its life.',
      'After the renewal make the server load it: some need a reload.',
    ],
  },
  needs: [],
  uses: ['http.endpoints', 'http.providers'],
  settings,
  evaluate(input, limits, context) {
    const pieces = [input['http.endpoints'], input['http.providers']];
    const gaps = pieces.filter((piece) => !piece.ok).filter((piece) => piece.reason !== 'not-configured');
    const probes = pieces.flatMap((piece): readonly EndpointProbe[] => (piece.ok ? piece.data : []));
    const secure = probes.filter((probe) => probe.url.startsWith('https:'));
    // Several endpoints behind one server show one certificate.
    const servers = Map.groupBy(secure, (probe) => new URL(probe.url).host);
    return {
      findings: [...servers].flatMap(([host, group]) => judge(host, group, limits, context)),
      gaps: [...gaps, ...[...servers].flatMap(([host, group]) => notSeen(host, group))],
      examined: { count: servers.size, noun: 'certificate' },
      ...(servers.size === 0 ? { note: 'nothing with TLS' } : {}),
    };
  },
});

function notSeen(host: string, group: readonly EndpointProbe[]): Unavailable[] {
  if (group.some((probe) => probe.certificate)) return [];
  const failure = group.find((probe) => probe.failure)?.failure;
  const detail = `its certificate was not seen: ${failure?.detail ?? 'no TLS'}`;
  return [{ ok: false, reason: failure?.reason ?? 'invalid', source: `endpoint ${host}`, detail }];
}

function judge(host: string, group: readonly EndpointProbe[], limits: z.infer<typeof settings>, { now }: CheckContext): FindingDraft[] {
  const seen = group.map((probe) => probe.certificate).filter((one) => one !== undefined);
  // Behind a load balancer they may differ: the one that expires first counts.
  const first = seen.reduce<(typeof seen)[number] | undefined>((a, b) => (a && a.notAfter <= b.notAfter ? a : b), undefined);
  if (!first) return [];
  const left = (first.notAfter - now) / day;
  const critical = left <= 0 || left < limits.criticalDays;
  if (!critical && left >= limits.warnDays) return [];
  const threshold = critical ? limits.criticalDays : limits.warnDays;
  const [name = '', port = '443'] = host.startsWith('[') ? [host.slice(0, host.indexOf(']') + 1), host.split(']:')[1]] : host.split(':');
  return [
    {
      severity: critical ? 'critical' : 'warning',
      resource: { kind: 'Certificate', name: host },
      seen: left <= 0 ? `expired ${Math.floor(-left)} d ago` : `expires in ${Math.floor(left)} d`,
      expected: `more than ${threshold} d left`,
      measured: { value: Math.floor(left), unit: 'days' },
      threshold: { value: threshold, unit: 'days' },
      detail: `${first.subject}, by ${first.issuer}, until ${new Date(first.notAfter).toISOString().slice(0, 10)}; used by ${listed(group.map((probe) => probe.name))}`,
      next: [
        `openssl s_client -connect ${shellQuote(`${name}:${port}`)} -servername ${shellQuote(name)} </dev/null | openssl x509 -noout -subject -enddate`,
      ],
    },
  ];
}
