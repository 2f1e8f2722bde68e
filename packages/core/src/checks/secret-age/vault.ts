import { z } from 'zod';
import type { Unavailable } from '../../model/evidence.ts';
import { listed, plural } from '../../model/format.ts';
import type { VaultSecret } from '../../model/servers.ts';
import { type CheckContext, defineCheck, type FindingDraft } from '../check.ts';
import { shellQuote } from '../kubectl.ts';
import { ageText, day, own } from './age.ts';
import { ageSettings, judgeAge, limitsFor, overText } from './policy.ts';

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
      'The age is the created time of the current version. Metadata writes do not move it.',
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
    let empty = 0;
    for (const secret of secrets) {
      // Metadata alone: nothing was ever written, or every version was deleted with its metadata.
      if (secret.currentVersion === 0) {
        empty++;
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
      const age = Math.max(0, context.now - secret.versionCreatedAt);
      const limits = limitsFor(chosen, ownPolicy(secret, chosen));
      if (!limits) {
        unreadable.push(nameOf(secret));
        continue;
      }
      const verdict = judgeAge({ min: age, max: age }, limits);
      if (verdict.over !== 'yes') continue;
      findings.push({
        ...oldFinding(secret, age, verdict.limit, overText(verdict.limit, limits), context),
        severity: verdict.severity,
        age,
      });
    }
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

function oldFinding(secret: VaultSecret, age: number, limit: number, over: string, context: CheckContext): Omit<FindingDraft, 'severity'> {
  return {
    resource: { kind: 'VaultSecret', name: nameOf(secret) },
    seen: ageText({ min: age, max: age }),
    expected: `${over}; version ${secret.currentVersion}`,
    measured: { value: Math.floor(age / day), unit: 'days' },
    threshold: { value: limit / day, unit: 'days' },
    ...ownerDetail(secret),
    next: [metadataCommand(secret)],
    since: context.now - age + limit,
  };
}

function deletedFinding(secret: VaultSecret): FindingDraft {
  return {
    severity: 'warning',
    resource: { kind: 'VaultSecret', name: nameOf(secret) },
    seen: `version ${secret.currentVersion} is deleted`,
    expected: 'a current version that can be read',
    why: 'Whoever reads the secret next gets nothing; pods that hold the value lose it at their next restart.',
    ...ownerDetail(secret),
    next: [metadataCommand(secret)],
    key: 'deleted',
  };
}

function ownerDetail(secret: VaultSecret): { detail?: string } {
  const owner = own(secret.customMetadata, 'owner');
  return owner === undefined || owner === '' ? {} : { detail: `owner: ${owner}` };
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
