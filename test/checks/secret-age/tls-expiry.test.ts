import { describe, expect, it } from 'vitest';
import { tlsExpiry } from '../../../packages/core/src/checks/secret-age/tls-expiry.ts';
import type { Certificate, SecretMeta } from '../../../packages/core/src/model/kubernetes.ts';
import { forbidden, type Given, lines, run } from '../network-policy/builders.ts';
import { certificate, secret } from './builders.ts';

const tls = (name: string): SecretMeta => secret(name, 10, { type: 'kubernetes.io/tls' });
const noCertManager = { ok: false, reason: 'absent', source: 'kubernetes prod', detail: 'no cert-manager CRDs' } as const;

function check(certificates: readonly Certificate[], more: Given = {}, settings: unknown = {}) {
  return run(tlsExpiry, { 'kubernetes.certificates': certificates, 'kubernetes.secrets': [], ...more }, settings);
}

describe('certificates', () => {
  it.each<[string, Certificate, string[], string]>([
    ['weeks left', certificate('web', 60), [], 'pass'],
    ['exactly 30 days left', certificate('web', 30), [], 'pass'],
    ['less than 30 days left', certificate('web', 29), ['warning agents/Certificate/web: expires in 29 d | at least 30 d'], 'warn'],
    ['exactly 7 days left', certificate('web', 7), ['warning agents/Certificate/web: expires in 7 d | at least 30 d'], 'warn'],
    ['less than 7 days left', certificate('web', 6), ['critical agents/Certificate/web: expires in 6 d | at least 7 d'], 'fail'],
    ['hours left', certificate('web', 0.5), ['critical agents/Certificate/web: expires in 12 h | at least 7 d'], 'fail'],
    ['expired', certificate('web', -3), ['critical agents/Certificate/web: expired 3 d ago | at least 7 d'], 'fail'],
    [
      'not ready, weeks left',
      certificate('web', 60, { ready: false }),
      ['warning agents/Certificate/web: not ready | ready; expires in 60 d'],
      'warn',
    ],
    [
      'not ready, few days left',
      certificate('web', 20, { ready: false }),
      ['warning agents/Certificate/web: expires in 20 d | at least 30 d; not ready'],
      'warn',
    ],
    ['never issued', certificate('web', undefined, { ready: false }), ['warning agents/Certificate/web: not ready | issued'], 'warn'],
    ['ready without a date is odd', certificate('web', undefined), ['warning agents/Certificate/web: not ready | issued'], 'warn'],
  ])('%s', (_name, one, expected, status) => {
    const result = check([one]);
    expect(lines(result)).toEqual(expected);
    expect(result.status).toBe(status);
  });

  it('numbers, the message and commands', () => {
    expect(check([certificate('web', 6, { ready: false, message: 'Issuing: order is pending' })]).findings[0]).toMatchObject({
      measured: { value: 6, unit: 'days' },
      threshold: { value: 7, unit: 'days' },
      detail: 'Secret agents/web-tls: Issuing: order is pending',
      next: [
        'kubectl --context prod -n agents describe certificates.cert-manager.io web',
        'kubectl --context prod -n agents get certificaterequests.cert-manager.io,orders.acme.cert-manager.io,challenges.acme.cert-manager.io',
      ],
    });
  });

  it('the soonest first', () => {
    const result = check([certificate('a', 20), certificate('b', 5), certificate('c', -1), certificate('d', 60)]);
    expect(result.findings.map((found) => found.resource.name)).toEqual(['c', 'b', 'a']);
  });

  it('the thresholds are settings', () => {
    expect(check([certificate('a', 13)], {}, { warnDays: 20, criticalDays: 14 }).status).toBe('fail');
  });
});

describe('TLS secrets', () => {
  it('with a Certificate are judged by it', () => {
    expect(check([certificate('web', 60)], { 'kubernetes.secrets': [tls('web-tls')] })).toMatchObject({ status: 'pass', gaps: [] });
  });

  it('without one cannot be judged from metadata: unknown, with a way to know', () => {
    const result = check([certificate('web', 60)], { 'kubernetes.secrets': [tls('web-tls'), tls('old-tls'), secret('key', 10)] });
    expect(result).toMatchObject({
      status: 'unknown',
      findings: [],
      gaps: [
        {
          reason: 'absent',
          detail: 'the expiry of 1 TLS secret is not in the metadata: agents/old-tls',
          hint: 'add the endpoints that serve them to endpoints in agentops.yaml: the expiry is read from the handshake',
        },
      ],
    });
  });

  it('a Certificate of another namespace is not theirs', () => {
    const result = check([certificate('web', 60, { namespace: 'other' })], { 'kubernetes.secrets': [tls('web-tls')] });
    expect(result.status).toBe('unknown');
  });

  it('without cert-manager the same', () => {
    const result = check([], { 'kubernetes.certificates': noCertManager, 'kubernetes.secrets': [tls('web-tls')] });
    expect(result).toMatchObject({ status: 'unknown', gaps: [{ reason: 'absent' }] });
  });

  it('whose types the server did not tell may be TLS secrets', () => {
    const result = check([certificate('web', 60)], {
      'kubernetes.secrets': [secret('web-tls', 1, { type: '' }), secret('x', 1, { type: '' })],
    });
    expect(result.gaps.map((gap) => gap.detail)).toEqual([
      'the server does not tell the type of 1 secret: whether they hold certificates is not known',
    ]);
  });
});

describe('what was not seen', () => {
  it('no cert-manager and no TLS secrets: pass with a note', () => {
    expect(check([], { 'kubernetes.certificates': noCertManager })).toMatchObject({ status: 'pass', note: 'no cert-manager', gaps: [] });
  });

  it('certificates forbidden: unknown, and TLS secrets are not called unmanaged', () => {
    const result = check([], { 'kubernetes.certificates': forbidden('certificates'), 'kubernetes.secrets': [tls('web-tls')] });
    expect(result.gaps.map((gap) => gap.detail)).toEqual(['not allowed to list certificates']);
  });

  it('secrets forbidden: the certificates are judged all the same', () => {
    const result = check([certificate('web', 6)], { 'kubernetes.secrets': forbidden('secrets') });
    expect(result).toMatchObject({ status: 'fail', gaps: [{ reason: 'forbidden' }] });
  });
});
