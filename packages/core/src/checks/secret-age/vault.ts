import { z } from 'zod';
import type { Unavailable } from '../../model/evidence.ts';
import { listed, plural } from '../../model/format.ts';
import type { VaultSecret } from '../../model/servers.ts';
import { type CheckContext, defineCheck, type FindingDraft } from '../check.ts';
import { shellQuote } from '../kubectl.ts';
import { ageText, limitText } from './age.ts';
import { ageSettings, judgeAge, limitsFor, rotateCommands, storeCommands } from './policy.ts';
import { day, own } from './read.ts';
import { type VaultAge, vaultAge } from './vault-age.ts';

const settings = ageSettings.extend({
  maxAgeMetadata: z
    .array(z.string().min(1))
    .default(['max_age', 'max-age'])
    .describe('custom_metadata of a Vault secret with its own limit, e.g. 30d; over it is critical'),
});
type Settings = z.infer<typeof settings>;

/** How old the current versions of Vault secrets are. */
export const vaultSecretAge = defineCheck({
  meta: {
    id: 'secret-age/vault',
    category: 'secret-age',
    title: 'age of Vault secrets',
    why: 'The longer a credential lives, the more places it has passed through; a secret whose current version is deleted breaks whoever reads it next.',
    remedy: [
      'Rotate the value at its issuer and write it as a new version; revoke the old one when nobody uses it any more.',
      'The age is that of the current version, by its created time: metadata writes do not move it. Where a rotation went back, the old value stands in a new version, and its age counts from when that value was made (custom_metadata agentops_value_since, for the version that agentops_version names).',
      'An entry of secrets: in agentops.yaml is watched without being listed below vault.secrets, and maxAge is its limit: over it is a warning, over twice of it critical, whether agentops rotates it or a person does. Where the secret itself has a limit too, the shorter one decides.',
      'A secret with a limit of its own says so: vault kv metadata put -custom-metadata=max_age=30d; owner= names whom to ask.',
      'A deleted current version can be brought back with vault kv undelete, a destroyed one cannot.',
    ],
    source: '90 and 180 days: CIS and vendor guidance on rotating static credentials',
  },
  needs: ['vault.secrets'],
  uses: [],
  settings,
  evaluate(input, chosen, context) {
    const secrets = input['vault.secrets'];
    const findings: (FindingDraft & { readonly age: number })[] = [];
    const gaps: Unavailable[] = [];
    const unreadable: string[] = [];
    const unsure: { readonly name: string; readonly age: VaultAge; readonly limit: number }[] = [];
    let empty = 0;
    for (const secret of secrets) {
      // Metadata alone: nothing was ever written, or every version was deleted with its metadata.
      if (secret.currentVersion === 0) {
        if (secret.watched && secret.watched.length > 0) findings.push({ ...emptyFinding(secret), age: 0 });
        else empty++;
        continue;
      }
      if (secret.deleted) {
        findings.push({ ...deletedFinding(secret), age: 0 });
        continue;
      }
      if (!(secret.versionCreatedAt > 0)) {
        gaps.push(untimed(secret));
        continue;
      }
      const age = vaultAge(secret, context.now);
      const limits = limitsFor(chosen, ownPolicy(secret, chosen), secret.watched);
      if (!limits) {
        unreadable.push(nameOf(secret));
        continue;
      }
      const verdict = judgeAge(age, limits);
      if (verdict.over === 'yes') findings.push({ ...oldFinding(secret, age, verdict, context), severity: verdict.severity, age: age.min });
      else if (verdict.over === 'maybe') unsure.push({ name: nameOf(secret), age, limit: verdict.limit });
    }
    gaps.push(...unsure.map(unsureGap));
    if (unreadable.length > 0) gaps.push(unreadablePolicy(unreadable));
    const rank = { critical: 0, warning: 1, info: 2 } as const;
    findings.sort((a, b) => rank[a.severity] - rank[b.severity] || b.age - a.age || a.resource.name.localeCompare(b.resource.name));
    return {
      findings: findings.map(({ age: _age, ...draft }) => draft),
      gaps,
      examined: { count: secrets.length, noun: 'secret' },
      ...noteFor(secrets.length, empty),
    };
  },
});

function noteFor(total: number, empty: number): { note?: string } {
  if (total === 0) return { note: 'no secrets at the configured paths' };
  return empty > 0 ? { note: `${plural(empty, 'secret')} without any version` } : {};
}

function oldFinding(
  secret: VaultSecret,
  age: VaultAge,
  { limit, text }: { readonly limit: number; readonly text: string },
  context: CheckContext,
): Omit<FindingDraft, 'severity'> {
  return {
    resource: { kind: 'VaultSecret', name: nameOf(secret) },
    seen: ageText(age),
    expected: `${text}; ${age.basis}`,
    measured: { value: Math.floor(age.min / day), unit: 'days' },
    threshold: { value: limit / day, unit: 'days' },
    ...detail([...age.doubts, ...ownerOf(secret)]),
    next: [...rotateCommands(secret.watched), metadataCommand(secret), ...storeCommands(secret.watched)],
    ...(age.min === age.max ? { since: context.now - age.min + limit } : {}),
  };
}

function unsureGap({ name, age, limit }: { readonly name: string; readonly age: VaultAge; readonly limit: number }): Unavailable {
  return {
    ok: false,
    reason: 'invalid',
    source: `vault ${name}`,
    detail: `it may be over ${limitText(limit)}: ${ageText(age)}; ${age.doubts.join('; ')}`,
    hint: 'agentops secrets list',
  };
}

/** A secret that is configured, and nothing is there: a wrong path, or it waits for its first rotation. */
function emptyFinding(secret: VaultSecret): FindingDraft {
  return {
    severity: 'warning',
    resource: { kind: 'VaultSecret', name: nameOf(secret) },
    seen: 'no version was ever written',
    expected: `a value: secrets: ${(secret.watched ?? []).map(({ name }) => name).join(', ')}`,
    why: 'Whoever reads it gets nothing; or the path in agentops.yaml is wrong, and the secret that is meant is not watched.',
    next: [...rotateCommands(secret.watched), metadataCommand(secret), ...storeCommands(secret.watched)],
    key: 'empty',
  };
}

function deletedFinding(secret: VaultSecret): FindingDraft {
  return {
    severity: 'warning',
    resource: { kind: 'VaultSecret', name: nameOf(secret) },
    seen: `version ${secret.currentVersion} is deleted`,
    expected: 'a current version that can be read',
    why: 'Whoever reads the secret next gets nothing; pods that hold the value lose it at their next restart.',
    ...detail(ownerOf(secret)),
    next: [metadataCommand(secret)],
    key: 'deleted',
  };
}

function ownerOf(secret: VaultSecret): string[] {
  const owner = own(secret.customMetadata, 'owner');
  return owner === undefined || owner === '' ? [] : [`owner: ${owner}`];
}

function detail(parts: readonly string[]): { detail?: string } {
  return parts.length > 0 ? { detail: parts.join('; ') } : {};
}

function untimed(secret: VaultSecret): Unavailable {
  return {
    ok: false,
    reason: 'invalid',
    source: `vault ${nameOf(secret)}`,
    detail: `version ${secret.currentVersion} has no created time`,
    hint: metadataCommand(secret),
  };
}

function unreadablePolicy(names: readonly string[]): Unavailable {
  return {
    ok: false,
    reason: 'invalid',
    source: 'custom_metadata max_age',
    detail: `the limit of ${plural(names.length, 'secret')} cannot be read: ${listed(names)}`,
    hint: 'write a number of days, or 30d, 12h, 2w',
  };
}

function ownPolicy(secret: VaultSecret, chosen: Settings): { text: string; where: string } | undefined {
  for (const key of chosen.maxAgeMetadata) {
    const text = own(secret.customMetadata, key);
    if (text !== undefined) return { text, where: `custom_metadata ${key}` };
  }
  return undefined;
}

function metadataCommand(secret: VaultSecret): string {
  return ['vault', 'kv', 'metadata', 'get', `-mount=${secret.mount.replace(/\/+$/, '')}`, secret.path].map(shellQuote).join(' ');
}

function nameOf(secret: VaultSecret): string {
  return `${secret.mount.replace(/\/+$/, '')}/${secret.path}`;
}
