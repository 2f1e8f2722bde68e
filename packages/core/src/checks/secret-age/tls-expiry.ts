import { z } from 'zod';
import type { Unavailable } from '../../model/evidence.ts';
import type { Severity } from '../../model/finding.ts';
import { listed, plural, shorten } from '../../model/format.ts';
import type { Certificate, SecretMeta } from '../../model/kubernetes.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { day } from './read.ts';

const settings = z.object({
  warnDays: z.number().positive().default(30).describe('days left; fewer is a warning'),
  criticalDays: z.number().positive().default(7).describe('days left; fewer is critical'),
});
type Settings = z.infer<typeof settings>;

/** When certificates expire, from cert-manager's own status: no Secret is read. */
export const tlsExpiry = defineCheck({
  meta: {
    id: 'secret-age/tls-expiry',
    category: 'secret-age',
    title: 'TLS certificates',
    why: 'The moment a certificate expires, every client that checks it refuses to connect.',
    remedy: [
      'cert-manager renews at two thirds of the lifetime: one with few days left has failed to renew. Read the Certificate’s conditions, its CertificateRequest, the Order and the Challenge, in that order.',
      'cmctl renew NAME starts a renewal by hand.',
      'TLS secrets that no Certificate manages cannot be judged without their value: add the endpoint that serves them to endpoints in agentops.yaml, its expiry is read from the handshake.',
    ],
    source: 'https://cert-manager.io/docs/usage/certificate/#reissuance-triggers',
  },
  needs: [],
  uses: ['kubernetes.certificates', 'kubernetes.secrets'],
  settings,
  evaluate(input, chosen, context) {
    const certificates = input['kubernetes.certificates'];
    const secrets = input['kubernetes.secrets'];
    const managed = certificates?.ok ? certificates.data : [];
    const findings = managed.flatMap((certificate) => judge(certificate, chosen, context.now, context.context) ?? []);
    const gaps: Unavailable[] = [];
    // No CRDs: there are no Certificates, and that is an answer.
    if (certificates && !certificates.ok && certificates.reason !== 'absent') gaps.push(certificates);
    if (secrets && !secrets.ok) gaps.push(secrets);
    const managersSeen = certificates?.ok === true || (certificates !== undefined && certificates.reason === 'absent');
    const bySecret = new Set(managed.map((certificate) => `${certificate.namespace}/${certificate.secretName}`));
    const unmanaged = secrets?.ok && managersSeen ? secrets.data.filter((secret) => isTls(secret) && !bySecret.has(nameOf(secret))) : [];
    if (unmanaged.length > 0) gaps.push(unjudged(unmanaged.map(nameOf).sort()));
    // Some servers list metadata without the type: then any of them may hold a certificate.
    const untyped = secrets?.ok ? secrets.data.filter((secret) => secret.type === '' && !bySecret.has(nameOf(secret))).length : 0;
    if (untyped > 0) gaps.push(untypedGap(untyped));
    return {
      findings: findings.sort(soonestFirst).map(({ left: _left, ...draft }) => draft),
      gaps,
      examined: { count: managed.length, noun: 'certificate' },
      ...(managed.length + unmanaged.length === 0 ? { note: certificates?.ok ? 'no certificates' : 'no cert-manager' } : {}),
    };
  },
});

type Judged = FindingDraft & { readonly left: number };

function judge(certificate: Certificate, chosen: Settings, now: number, context: string | undefined): Judged | undefined {
  const { namespace, name, notAfter } = certificate;
  const left = notAfter === undefined ? undefined : notAfter - now;
  const severity = severityOf(left, certificate.ready, chosen);
  if (severity === undefined) return undefined;
  const limit = severity === 'critical' ? chosen.criticalDays : chosen.warnDays;
  const soon = left !== undefined && left < chosen.warnDays * day;
  return {
    severity,
    resource: { namespace, kind: 'Certificate', name },
    seen: soon ? leftText(left) : 'not ready',
    expected: soon
      ? `at least ${limit} d${certificate.ready ? '' : '; not ready'}`
      : left === undefined
        ? 'issued'
        : `ready; ${leftText(left)}`,
    ...(left === undefined ? {} : { measured: { value: Math.floor(left / day), unit: 'days' }, threshold: { value: limit, unit: 'days' } }),
    detail: shorten([`Secret ${namespace}/${certificate.secretName}`, certificate.message].filter((part) => part !== '').join(': '), 300),
    next: [
      kubectl(context, namespace, 'describe', 'certificates.cert-manager.io', name),
      kubectl(context, namespace, 'get', 'certificaterequests.cert-manager.io,orders.acme.cert-manager.io,challenges.acme.cert-manager.io'),
    ],
    left: left ?? 0,
  };
}

/** Not ready alone is a warning: the certificate in use may be good for weeks. */
function severityOf(left: number | undefined, ready: boolean, chosen: Settings): Severity | undefined {
  if (left !== undefined && left < chosen.criticalDays * day) return 'critical';
  if (left !== undefined && left < chosen.warnDays * day) return 'warning';
  return ready && left !== undefined ? undefined : 'warning';
}

/** `expires in 12 d`, `expires in 5 h`, `expired 3 d ago`. */
function leftText(left: number): string {
  const size = Math.abs(left);
  const text =
    size >= 2 * day
      ? `${Math.floor(size / day)} d`
      : size >= 3_600_000
        ? `${Math.floor(size / 3_600_000)} h`
        : `${Math.floor(size / 60_000)} min`;
  return left < 0 ? `expired ${text} ago` : `expires in ${text}`;
}

function isTls(secret: SecretMeta): boolean {
  return secret.type === 'kubernetes.io/tls';
}

function unjudged(names: readonly string[]): Unavailable {
  return {
    ok: false,
    reason: 'absent',
    source: 'Certificate of TLS secrets',
    detail: `the expiry of ${plural(names.length, 'TLS secret')} is not in the metadata: ${listed(names)}`,
    hint: 'add the endpoints that serve them to endpoints in agentops.yaml: the expiry is read from the handshake',
  };
}

function untypedGap(count: number): Unavailable {
  return {
    ok: false,
    reason: 'absent',
    source: 'type of Secrets',
    detail: `the server does not tell the type of ${plural(count, 'secret')}: whether they hold certificates is not known`,
  };
}

function nameOf(secret: SecretMeta): string {
  return `${secret.namespace}/${secret.name}`;
}

function soonestFirst(a: Judged, b: Judged): number {
  const rank = { critical: 0, warning: 1, info: 2 } as const;
  return rank[a.severity] - rank[b.severity] || a.left - b.left || a.resource.name.localeCompare(b.resource.name);
}
