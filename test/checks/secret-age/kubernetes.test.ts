import { describe, expect, it } from 'vitest';
import { kubernetesSecretAge } from '../../../packages/core/src/checks/secret-age/kubernetes.ts';
import type { SecretMeta } from '../../../packages/core/src/model/kubernetes.ts';
import { forbidden, type Given, lines, run } from '../network-policy/builders.ts';
import { secret, stripped, vaultSecret, written } from './builders.ts';

function check(secrets: readonly SecretMeta[], more: Given = {}, settings: unknown = {}) {
  return run(kubernetesSecretAge, { 'kubernetes.secrets': secrets, 'vault.secrets': [], ...more }, settings);
}

const maxAge = (text: string): Pick<SecretMeta, 'annotations'> => ({ annotations: { 'agentops.dev/max-age': text } });
const path = (text: string): Pick<SecretMeta, 'annotations'> => ({ annotations: { 'agentops.dev/vault-path': text } });

describe('thresholds', () => {
  it.each<[string, SecretMeta, string[], string]>([
    ['young', secret('s', 10), [], 'pass'],
    ['exactly 90 days is not over', secret('s', 90), [], 'pass'],
    ['over 90 days: warning', secret('s', 91), ['warning agents/Secret/s: 91 d | over 90 d; not written since its creation'], 'warn'],
    [
      'exactly 180 days is a warning',
      secret('s', 180),
      ['warning agents/Secret/s: 180 d | over 90 d; not written since its creation'],
      'warn',
    ],
    ['over 180 days: critical', secret('s', 181), ['critical agents/Secret/s: 181 d | over 180 d; not written since its creation'], 'fail'],
    ['an interval over 90 days', secret('s', 140, written(131)), ['warning agents/Secret/s: 131–140 d | over 90 d; managedFields'], 'warn'],
    [
      'an interval that may be over 180 days is only certainly over 90',
      secret('s', 400, written(131)),
      ['warning agents/Secret/s: 131–400 d | over 90 d; managedFields'],
      'warn',
    ],
    [
      'an interval over 180 days',
      secret('s', 400, written(200)),
      ['critical agents/Secret/s: 200–400 d | over 180 d; managedFields'],
      'fail',
    ],
    ['an interval below 90 days', secret('s', 80, written(10)), [], 'pass'],
    ['stripped and young enough', secret('s', 80, stripped), [], 'pass'],
    [
      'its own limit: over is critical',
      secret('s', 31, maxAge('30d')),
      ['critical agents/Secret/s: 31 d | over 30 d (annotation agentops.dev/max-age); not written since its creation'],
      'fail',
    ],
    ['its own limit may be longer', secret('s', 300, maxAge('365d')), [], 'pass'],
  ])('%s', (_name, one, expected, status) => {
    const result = check([one]);
    expect(lines(result)).toEqual(expected);
    expect(result.status).toBe(status);
    expect(result.gaps).toEqual([]);
  });

  it('are settings', () => {
    expect(check([secret('s', 40)], {}, { warnDays: 30, failDays: 60 }).status).toBe('warn');
    expect(check([secret('s', 61)], {}, { warnDays: 30, failDays: 60 }).status).toBe('fail');
  });

  it('numbers, commands and the day from which on it was too old', () => {
    expect(check([secret('openai-key', 131)]).findings[0]).toMatchObject({
      measured: { value: 131, unit: 'days' },
      threshold: { value: 90, unit: 'days' },
      since: '2026-10-11T13:07:31.000Z',
      next: [
        'kubectl --context prod -n agents describe secret openai-key',
        "kubectl --context prod -n agents get secret openai-key -o 'jsonpath={.metadata.managedFields}'",
      ],
    });
  });

  it('an interval has no such day', () => {
    expect(check([secret('s', 400, written(131))]).findings[0]).not.toHaveProperty('since');
  });
});

describe('what may be over', () => {
  it('is unknown, neither well nor a finding, and says how to make it known', () => {
    const result = check([secret('a', 400, written(40)), secret('b', 500, stripped)]);
    expect(result).toMatchObject({ status: 'unknown', findings: [] });
    expect(result.gaps).toEqual([
      {
        check: 'secret-age/kubernetes',
        context: 'prod',
        evidence: 'time of the last rotation',
        source: 'time of the last rotation',
        reason: 'absent',
        detail: '2 secrets may be over 90 d, nothing says when the value was rotated: agents/b 0–500 d, agents/a 40–400 d',
        hint: 'where you know the time: kubectl --context prod -n agents annotate secret b agentops.dev/rotated-at=YYYY-MM-DD',
      },
    ]);
  });

  it('of its own limit is a gap of its own', () => {
    const result = check([secret('a', 400, written(40)), secret('b', 40, { ...written(10), ...maxAge('30d') })]);
    expect(result.gaps.map((gap) => gap.detail)).toEqual([
      '1 secret may be over 90 d, nothing says when the value was rotated: agents/a 40–400 d',
      '1 secret may be over 30 d, nothing says when the value was rotated: agents/b 10–40 d',
    ]);
  });

  it('does not hide what certainly is', () => {
    expect(check([secret('a', 400, stripped), secret('b', 200)])).toMatchObject({ status: 'fail', gaps: [{ reason: 'absent' }] });
  });
});

describe('Vault', () => {
  it('the linked secret’s version decides', () => {
    const one = secret('openai-key', 400, { ...written(131), ...path('kv/agents/openai') });
    const result = check([one], { 'vault.secrets': [vaultSecret('agents/openai', 131)] });
    expect(lines(result)).toEqual(['warning agents/Secret/openai-key: 131 d | over 90 d; Vault version 4']);
  });

  it.each(['/kv/agents/openai/', ' kv/agents/openai '])('slashes and blanks around the path do not matter: %j', (text) => {
    const one = secret('s', 400, { ...stripped, ...path(text) });
    expect(check([one], { 'vault.secrets': [vaultSecret('agents/openai', 10, { mount: 'kv/' })] }).status).toBe('pass');
  });

  it.each(['kv/agents/openai-2', 'agents/openai', 'kv/agents', 'kv2/agents/openai'])('only an exact match links: not %s', (text) => {
    const one = secret('s', 400, { ...stripped, ...path(text) });
    expect(check([one], { 'vault.secrets': [vaultSecret('agents/openai', 10)] }).status).toBe('unknown');
  });

  it('a Vault secret of the same name is no link', () => {
    expect(check([secret('openai', 400, stripped)], { 'vault.secrets': [vaultSecret('agents/openai', 10)] }).status).toBe('unknown');
  });

  it('a copy that was not synced is as old as its data', () => {
    const one = secret('s', 400, { ...written(200), ...path('kv/s') });
    const result = check([one], { 'vault.secrets': [vaultSecret('s', 3)] });
    expect(lines(result)).toEqual(['critical agents/Secret/s: 200–400 d | over 180 d; managedFields']);
    expect(result.findings[0]?.detail).toBe('Vault version 4 is newer than the last write of the data');
  });

  const unreachable = { ok: false, reason: 'unreachable', source: 'vault https://vault:8200', detail: 'connection refused' } as const;

  it('unseen, where it would have decided: its reason is a gap too', () => {
    const result = check([secret('s', 400, { ...stripped, ...path('kv/s') })], { 'vault.secrets': unreachable });
    expect(result.gaps.map((gap) => gap.reason)).toEqual(['absent', 'unreachable']);
  });

  it('unseen, where nothing is linked: no matter', () => {
    expect(check([secret('s', 10)], { 'vault.secrets': unreachable })).toMatchObject({ status: 'pass', gaps: [] });
  });

  it('not configured: no matter', () => {
    const result = check([secret('s', 10)], { 'vault.secrets': { ...unreachable, reason: 'not-configured' } });
    expect(result).toMatchObject({ status: 'pass', gaps: [] });
  });
});

describe('which secrets', () => {
  it.each(['kubernetes.io/service-account-token', 'helm.sh/release.v1', 'bootstrap.kubernetes.io/token'])('%s is skipped', (type) => {
    expect(check([secret('s', 900, { type })])).toMatchObject({ status: 'pass', examined: { count: 0, noun: 'secret' } });
  });

  it.each(['Opaque', 'kubernetes.io/dockerconfigjson', 'kubernetes.io/tls', ''])('%j is not', (type) => {
    expect(check([secret('s', 900, { type })])).toMatchObject({ status: 'fail', examined: { count: 1, noun: 'secret' } });
  });

  it('TLS secrets that cert-manager renews are judged by their expiry', () => {
    const one = secret('s', 900, { type: 'kubernetes.io/tls', annotations: { 'cert-manager.io/certificate-name': 's' } });
    expect(check([one])).toMatchObject({ status: 'pass', note: 'no secrets to judge by age; 1 secret of cert-manager: judged by expiry' });
  });

  it('a limit that cannot be read is a gap, not the default in silence', () => {
    const result = check([secret('s', 10, maxAge('canary-30-days'))]);
    expect(result).toMatchObject({
      status: 'unknown',
      gaps: [{ reason: 'invalid', detail: 'the limit of 1 secret cannot be read: agents/s' }],
    });
    expect(JSON.stringify(result)).not.toContain('canary');
  });

  it('two thousand old secrets are sorted worst first', () => {
    const many = Array.from({ length: 2000 }, (_, index) => secret(`s${index}`, 91 + index));
    const { findings } = check(many);
    expect(findings).toHaveLength(2000);
    expect([findings[0]?.resource.name, findings[1909]?.severity, findings[1910]?.severity, findings[1999]?.resource.name]).toEqual([
      's1999',
      'critical',
      'warning',
      's0',
    ]);
  });

  it('secrets that may not be listed: unknown, with the permission', () => {
    expect(check([], { 'kubernetes.secrets': forbidden('secrets') })).toMatchObject({
      status: 'unknown',
      gaps: [{ reason: 'forbidden', missing: [{ verb: 'list', group: '', resource: 'secrets' }] }],
    });
  });
});
