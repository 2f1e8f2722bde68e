import { z } from 'zod';
import type { Unavailable } from '../../model/evidence.ts';
import { listed, plural } from '../../model/format.ts';
import type { SecretMeta } from '../../model/kubernetes.ts';
import type { VaultSecret } from '../../model/servers.ts';
import { type CheckContext, defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { type AgeInterval, ageText, limitText, secretAge } from './age.ts';
import { ageSettings, judgeAge, limitsFor, rotateCommands } from './policy.ts';
import { day, own } from './read.ts';

/** Types that are not credentials with an age of their own: Kubernetes and Helm manage them. */
export const skippedTypes: readonly string[] = [
  'kubernetes.io/service-account-token',
  'helm.sh/release.v1',
  'bootstrap.kubernetes.io/token',
];

const settings = ageSettings.extend({
  rotatedAtAnnotations: z
    .array(z.string().min(1))
    .default(['agentops.dev/rotated-at', 'agentops.io/rotated-at'])
    .describe('annotations of a Secret that say when its value was rotated (RFC 3339), best first'),
  maxAgeAnnotations: z
    .array(z.string().min(1))
    .default(['agentops.dev/max-age', 'agentops.io/max-age'])
    .describe('annotations of a Secret with its own limit, e.g. 30d; over it is critical'),
  vaultPathAnnotations: z
    .array(z.string().min(1))
    .default(['agentops.dev/vault-path', 'agentops.io/vault-path'])
    .describe('annotations of a Secret that name the Vault secret it is a copy of: mount/path'),
  skipTypes: z
    .array(z.string())
    .default([...skippedTypes])
    .describe('types of Secrets that are not looked at'),
});
type Settings = z.infer<typeof settings>;

/** How old the values of Secrets are, as far as metadata tell. */
export const kubernetesSecretAge = defineCheck({
  meta: {
    id: 'secret-age/kubernetes',
    category: 'secret-age',
    title: 'age of Kubernetes secrets',
    why: 'The longer a credential lives, the more logs, backups and laptops it has passed through; what leaked unnoticed stays valid until it is rotated.',
    remedy: [
      'Rotate the value at its issuer, store the new one, let the pods take it up, then revoke the old one.',
      'Only metadata are read, so the age is an interval: the Vault version’s time, else a rotation annotation, else the last write by a manager of the data (a label edit moves it), else the creation.',
      'To make the age exact, have whatever rotates the secret set the annotation agentops.dev/rotated-at to the time, or agentops.dev/vault-path to mount/path of the Vault secret that it copies.',
      'TLS secrets that cert-manager renews are judged by their expiry instead (secret-age/tls-expiry).',
      'A copy of a secret that is configured below secrets: is judged by that entry’s maxAge: over it is a warning, over twice of it critical.',
      'A secret that may live longer or must live shorter says so itself: annotation agentops.dev/max-age: 30d.',
    ],
    source: '90 and 180 days: CIS and vendor guidance on rotating static credentials',
  },
  needs: ['kubernetes.secrets'],
  uses: ['vault.secrets'],
  settings,
  evaluate(input, chosen, context) {
    const ofInterest = input['kubernetes.secrets'].filter((secret) => !chosen.skipTypes.includes(secret.type));
    const secrets = ofInterest.filter((secret) => !isRenewed(secret));
    const vaultEvidence = input['vault.secrets'];
    const vault = new Map((vaultEvidence?.ok ? vaultEvidence.data : []).map((secret) => [vaultKey(secret), secret]));
    const findings: (FindingDraft & { readonly age: AgeInterval })[] = [];
    const unsure: Unsure[] = [];
    const unreadable: string[] = [];
    for (const secret of secrets) {
      const linked = linkedVaultSecret(secret, chosen, vault);
      const age = secretAge(secret, { now: context.now, rotatedAtAnnotations: chosen.rotatedAtAnnotations, vault: linked });
      const limits = limitsFor(chosen, ownPolicy(secret, chosen), linked?.watched);
      if (!limits) {
        unreadable.push(`${secret.namespace}/${secret.name}`);
        continue;
      }
      const verdict = judgeAge(age, limits);
      if (verdict.over === 'yes') findings.push({ ...toFinding(secret, linked, age, verdict, context), severity: verdict.severity, age });
      else if (verdict.over === 'maybe') unsure.push({ secret, age, limit: verdict.limit });
    }
    const linkedUnseen = unsure.some(({ secret }) => vaultPath(secret, chosen) !== undefined) && vaultEvidence !== undefined;
    const gaps = [
      ...unsureGaps(unsure, context),
      ...unreadableGap(unreadable),
      // What Vault knows would have decided.
      ...(linkedUnseen && !vaultEvidence.ok && vaultEvidence.reason !== 'not-configured' ? [vaultEvidence] : []),
    ];
    return {
      findings: findings.sort(worstFirst).map(({ age: _age, ...draft }) => draft),
      gaps,
      examined: { count: secrets.length, noun: 'secret' },
      ...noteFor(secrets.length, ofInterest.length - secrets.length),
    };
  },
});

/** cert-manager renews it: what counts is its expiry, which secret-age/tls-expiry judges. */
function isRenewed(secret: SecretMeta): boolean {
  return secret.type === 'kubernetes.io/tls' && own(secret.annotations, 'cert-manager.io/certificate-name') !== undefined;
}

function noteFor(examined: number, renewed: number): { note?: string } {
  const parts = [
    ...(examined === 0 ? ['no secrets to judge by age'] : []),
    ...(renewed > 0 ? [`${plural(renewed, 'secret')} of cert-manager: judged by expiry`] : []),
  ];
  return parts.length > 0 ? { note: parts.join('; ') } : {};
}

function toFinding(
  secret: SecretMeta,
  linked: VaultSecret | undefined,
  age: AgeInterval,
  { limit, text }: { readonly limit: number; readonly text: string },
  context: CheckContext,
): Omit<FindingDraft, 'severity'> {
  return {
    resource: { namespace: secret.namespace, kind: 'Secret', name: secret.name },
    seen: ageText(age),
    expected: `${text}; ${age.basis}`,
    measured: { value: Math.floor(age.min / day), unit: 'days' },
    threshold: { value: limit / day, unit: 'days' },
    ...(age.doubts.length > 0 ? { detail: age.doubts.join('; ') } : {}),
    next: [
      ...rotateCommands(linked?.watched),
      // Neither prints a value.
      kubectl(context.context, secret.namespace, 'describe', 'secret', secret.name),
      kubectl(context.context, secret.namespace, 'get', 'secret', secret.name, '-o', 'jsonpath={.metadata.managedFields}'),
    ],
    // Exact ages have a day from which on they were too old.
    ...(age.min === age.max ? { since: context.now - age.min + limit } : {}),
  };
}

interface Unsure {
  readonly secret: SecretMeta;
  readonly age: AgeInterval;
  readonly limit: number;
}

/** One gap a limit, so that hundreds of secrets do not drown the report. */
function unsureGaps(unsure: readonly Unsure[], context: CheckContext): readonly Unavailable[] {
  return [...Map.groupBy(unsure, ({ limit }) => limit)].flatMap(([limit, group]): Unavailable[] => {
    const sorted = group.toSorted((a, b) => b.age.max - a.age.max || nameOf(a.secret).localeCompare(nameOf(b.secret)));
    const [worst] = sorted;
    if (!worst) return [];
    const names = sorted.map(({ secret, age }) => `${nameOf(secret)} ${ageText(age)}`);
    return [
      {
        ok: false,
        reason: 'absent',
        source: 'time of the last rotation',
        detail: `${plural(group.length, 'secret')} may be over ${limitText(limit)}, nothing says when the value was rotated: ${listed(names)}`,
        hint: `where you know the time: ${kubectl(context.context, worst.secret.namespace, 'annotate', 'secret', worst.secret.name, 'agentops.dev/rotated-at=YYYY-MM-DD')}`,
      },
    ];
  });
}

function unreadableGap(names: readonly string[]): readonly Unavailable[] {
  if (names.length === 0) return [];
  return [
    {
      ok: false,
      reason: 'invalid',
      source: 'annotation max-age',
      detail: `the limit of ${plural(names.length, 'secret')} cannot be read: ${listed(names)}`,
      hint: 'write a number of days, or 30d, 12h, 2w',
    },
  ];
}

function ownPolicy(secret: SecretMeta, chosen: Settings): { text: string; where: string } | undefined {
  for (const name of chosen.maxAgeAnnotations) {
    const text = own(secret.annotations, name);
    if (text !== undefined) return { text, where: `annotation ${name}` };
  }
  return undefined;
}

/** Exact match of mount/path only: a guess by name could hide an old value behind a young one. */
function linkedVaultSecret(secret: SecretMeta, chosen: Settings, vault: ReadonlyMap<string, VaultSecret>): VaultSecret | undefined {
  const path = vaultPath(secret, chosen);
  return path === undefined ? undefined : vault.get(path);
}

function vaultPath(secret: SecretMeta, chosen: Settings): string | undefined {
  for (const name of chosen.vaultPathAnnotations) {
    const path = own(secret.annotations, name);
    if (path !== undefined) return trimSlashes(path.trim());
  }
  return undefined;
}

function vaultKey(secret: VaultSecret): string {
  return `${trimSlashes(secret.mount)}/${trimSlashes(secret.path)}`;
}

function trimSlashes(path: string): string {
  return path.replaceAll(/^\/+|\/+$/g, '');
}

function nameOf(secret: SecretMeta): string {
  return `${secret.namespace}/${secret.name}`;
}

function worstFirst(a: FindingDraft & { readonly age: AgeInterval }, b: FindingDraft & { readonly age: AgeInterval }): number {
  if (a.severity !== b.severity) return a.severity === 'critical' ? -1 : 1;
  return b.age.min - a.age.min || `${a.resource.namespace}/${a.resource.name}`.localeCompare(`${b.resource.namespace}/${b.resource.name}`);
}
