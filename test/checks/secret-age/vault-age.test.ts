import { describe, expect, it } from 'vitest';
import { secretAge } from '../../../packages/core/src/checks/secret-age/age.ts';
import { kubernetesSecretAge } from '../../../packages/core/src/checks/secret-age/kubernetes.ts';
import { vaultSecretAge } from '../../../packages/core/src/checks/secret-age/vault.ts';
import { vaultAge } from '../../../packages/core/src/checks/secret-age/vault-age.ts';
import type { VaultSecret } from '../../../packages/core/src/model/servers.ts';
import { testNow } from '../../support/host.ts';
import { lines, run } from '../network-policy/builders.ts';
import { day, daysAgo, secret, stripped, vaultSecret, written } from './builders.ts';

const iso = (days: number): string => new Date(daysAgo(days)).toISOString();
const noted = (version: string, since?: string): Pick<VaultSecret, 'customMetadata'> => ({
  customMetadata: { agentops_version: version, ...(since === undefined ? {} : { agentops_value_since: since }) },
});
const of = (days: number, more: Partial<VaultSecret>): string => {
  const { min, max, basis, doubts } = vaultAge(vaultSecret('a', days, more), testNow);
  return [`${min / day}–${max / day}`, basis, ...doubts].join(' | ');
};

describe('the age of the value in the current Vault version', () => {
  it.each([
    ['nothing noted: the version’s own time', of(3, {}), '3–3 | version 4'],
    ['noted, and the version’s own time tells', of(3, noted('4')), '3–3 | version 4'],
    ['after a way back the value is as old as it was', of(3, noted('4', iso(200))), '200–200 | version 4, an earlier value again'],
    ['at the very instant of the version', of(3, noted('4', iso(3))), '3–3 | version 4, an earlier value again'],
    [
      'a time later than the version is not believed',
      of(3, noted('4', iso(2))),
      '3–Infinity | version 4 | custom_metadata agentops_value_since is later than version 4',
    ],
    [
      'a time in the future is not believed',
      of(3, noted('4', iso(-1))),
      '3–Infinity | version 4 | custom_metadata agentops_value_since lies in the future',
    ],
    [
      'a text that is no time is not believed',
      of(3, noted('4', 'long ago')),
      '3–Infinity | version 4 | custom_metadata agentops_value_since is no time',
    ],
    ['an empty text neither', of(3, noted('4', '')), '3–Infinity | version 4 | custom_metadata agentops_value_since is no time'],
    [
      'somebody wrote over a version of ours: the field may still be the old one',
      of(3, { ...noted('3'), versions: { 3: daysAgo(120), 4: daysAgo(3) } }),
      '3–120 | version 4 | agentops wrote version 3, somebody else version 4: the value may still be the same',
    ],
    [
      'the same, and that version held an older value',
      of(3, { ...noted('3', iso(300)), versions: { 3: daysAgo(120), 4: daysAgo(3) } }),
      '3–300 | version 4 | agentops wrote version 3, somebody else version 4: the value may still be the same',
    ],
    ['the version that is noted is not kept any more', of(3, { ...noted('2'), versions: { 4: daysAgo(3) } }), '3–3 | version 4'],
    ['a later version than the current one is noted: void', of(3, noted('9', iso(200))), '3–3 | version 4'],
    ['a version that is no number: void', of(3, noted('four', iso(200))), '3–3 | version 4'],
    ['version 04 is not version 4', of(3, noted('04', iso(200))), '3–3 | version 4'],
    ['a created time in the future is no age', of(-1, {}), '0–0 | version 4'],
  ])('%s', (_name, seen, expected) => {
    expect(seen).toBe(expected);
  });
});

const watched = (name: string, days: number, rotates = true): Pick<VaultSecret, 'watched'> => ({
  watched: [{ name, maxAge: days * day, rotates }],
});
const vault = (...secrets: VaultSecret[]) => run(vaultSecretAge, { 'vault.secrets': secrets });

describe('secret-age/vault and rotations', () => {
  it('an old value in a young version is old', () => {
    expect(lines(vault(vaultSecret('a', 1, noted('4', iso(200)))))).toEqual([
      'critical VaultSecret/kv/a: 200 d | over 180 d; version 4, an earlier value again',
    ]);
  });

  it('a doubt keeps a young version from passing, and is said of an old one', () => {
    expect(vault(vaultSecret('a', 1, noted('4', iso(0.5))))).toMatchObject({
      status: 'unknown',
      findings: [],
      gaps: [
        { source: 'vault kv/a', detail: 'it may be over 90 d: at least 1 d; custom_metadata agentops_value_since is later than version 4' },
      ],
    });
    expect(vault(vaultSecret('a', 100, noted('4', 'x'))).findings[0]).toMatchObject({
      severity: 'warning',
      seen: 'at least 100 d',
      detail: 'custom_metadata agentops_value_since is no time',
    });
  });

  it.each<[string, VaultSecret, string[]]>([
    ['within maxAge', vaultSecret('a', 30, watched('a', 30)), []],
    ['over maxAge', vaultSecret('a', 31, watched('a', 30)), ['warning VaultSecret/kv/a: 31 d | over 30 d (maxAge of a); version 4']],
    ['at twice maxAge', vaultSecret('a', 60, watched('a', 30)), ['warning VaultSecret/kv/a: 60 d | over 30 d (maxAge of a); version 4']],
    [
      'over twice maxAge',
      vaultSecret('a', 61, watched('a', 30)),
      ['critical VaultSecret/kv/a: 61 d | over 60 d (twice the maxAge of a); version 4'],
    ],
    ['a long maxAge holds in place of the configured days', vaultSecret('a', 300, watched('a', 365)), []],
    [
      'the shorter one of maxAge and its own limit decides: its own',
      vaultSecret('a', 31, { ...watched('a', 90), customMetadata: { max_age: '30d' } }),
      ['critical VaultSecret/kv/a: 31 d | over 30 d (custom_metadata max_age); version 4'],
    ],
    [
      'the shorter one of maxAge and its own limit decides: maxAge',
      vaultSecret('a', 31, { ...watched('a', 30), customMetadata: { max_age: '365d' } }),
      ['warning VaultSecret/kv/a: 31 d | over 30 d (maxAge of a); version 4'],
    ],
  ])('%s', (_name, one, expected) => {
    expect(lines(vault(one))).toEqual(expected);
  });

  it('what is rotated names the plan first, what a person brings is stored', () => {
    expect(vault(vaultSecret('agents/openai', 31, watched('openai-key', 30))).findings[0]?.next).toEqual([
      'agentops secrets rotate openai-key --dry-run',
      'vault kv metadata get -mount=kv agents/openai',
    ]);
    expect(vault(vaultSecret('agents/openai', 31, watched('openai-key', 30, false))).findings[0]?.next).toEqual([
      'vault kv metadata get -mount=kv agents/openai',
      'agentops secrets store openai-key',
    ]);
  });

  it('a configured secret that was never written is a finding, another one is not', () => {
    const empty = { currentVersion: 0, versionCreatedAt: 0, deleted: true };
    const result = vault(vaultSecret('a', 0, { ...empty, ...watched('a', 30) }), vaultSecret('b', 0, empty));
    expect(lines(result)).toEqual(['warning VaultSecret/kv/a: no version was ever written | a value: secrets: a']);
    expect(result.note).toBe('1 secret without any version');
  });
});

describe('copies in Kubernetes', () => {
  const copy = (days: number, version?: string, more = {}) =>
    secret('openai', days, {
      annotations: {
        'agentops.dev/vault-path': 'kv/agents/openai',
        ...(version === undefined ? {} : { 'agentops.dev/vault-version': version }),
      },
      ...more,
    });
  const age = (meta: ReturnType<typeof copy>, linked: VaultSecret): string => {
    const { min, max, provenance, basis, doubts } = secretAge(meta, { now: testNow, rotatedAtAnnotations: [], vault: linked });
    return [`${min / day}–${max / day} ${provenance}`, basis, ...doubts].join(' | ');
  };

  it.each([
    [
      'a copy of a value that came back is as old as the value',
      age(copy(1, '4'), vaultSecret('agents/openai', 1, noted('4', iso(200)))),
      '200–200 vault | Vault version 4, an earlier value again',
    ],
    [
      'the copy was not written again on the way back: it holds that value since long',
      age(copy(100), vaultSecret('agents/openai', 1, noted('4', iso(200)))),
      '200–200 vault | Vault version 4, an earlier value again',
    ],
    [
      'a doubt about the value stays one',
      age(copy(1, '4'), vaultSecret('agents/openai', 1, noted('4', 'x'))),
      '1–Infinity vault | Vault version 4 | custom_metadata agentops_value_since is no time',
    ],
    [
      'a copy of an earlier version is as old as that one',
      age(copy(99, '3'), vaultSecret('agents/openai', 1, { versions: { 3: daysAgo(100), 4: daysAgo(1) } })),
      '100–100 vault | Vault version 3 | a copy of Vault version 3, the current one is 4',
    ],
    [
      'a version that is not kept tells nothing',
      age(copy(400, '3', stripped), vaultSecret('agents/openai', 1)),
      '0–400 creation | creation; no managedFields | a copy of Vault version 3, the current one is 4',
    ],
    [
      'a version that is no number is not shown',
      age(copy(400, 'sk-secret', written(10)), vaultSecret('agents/openai', 1)),
      '10–400 managed-fields | managedFields | a copy of Vault version ?, the current one is 4',
    ],
  ])('%s', (_name, seen, expected) => {
    expect(seen).toBe(expected);
  });

  it('maxAge of the entry is the limit of its copies', () => {
    const result = run(kubernetesSecretAge, {
      'kubernetes.secrets': [copy(31)],
      'vault.secrets': [vaultSecret('agents/openai', 31, watched('openai-key', 30))],
    });
    expect(lines(result)).toEqual(['warning agents/Secret/openai: 31 d | over 30 d (maxAge of openai-key); Vault version 4']);
    expect(result.findings[0]?.next[0]).toBe('agentops secrets rotate openai-key --dry-run');
  });
});
