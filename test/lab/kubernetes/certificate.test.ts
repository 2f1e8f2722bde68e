import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { selfSignedCertificate } from '../../../packages/lab/src/kubernetes/certificate.ts';

test('is a certificate for its hosts, signed by its own key', () => {
  const notBefore = Date.parse('2026-11-21T00:00:00Z');
  const { key, cert } = selfSignedCertificate({
    notBefore,
    notAfter: notBefore + 86_400_000,
    hosts: ['127.0.0.1', 'lab.local'],
    commonName: 'lab',
  });
  const parsed = new X509Certificate(cert);
  expect(parsed.validFrom).toBe('Nov 21 00:00:00 2026 GMT');
  expect(parsed.validTo).toBe('Nov 22 00:00:00 2026 GMT');
  expect(parsed.subject).toBe('CN=lab');
  expect(parsed.subjectAltName).toBe('IP Address:127.0.0.1, DNS:lab.local');
  expect(parsed.ca).toBe(true);
  expect(parsed.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(parsed.checkHost('other.local')).toBeUndefined();
  expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(parsed.verify(parsed.publicKey)).toBe(true);
});

test('every one has a key of its own', () => {
  const times = { notBefore: 0, notAfter: 1 };
  expect(selfSignedCertificate(times).key).not.toBe(selfSignedCertificate(times).key);
});
