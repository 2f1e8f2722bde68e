import { describe, expect, it } from 'vitest';
import { managerOf } from '../../../packages/core/src/secrets/kubernetes/owners.ts';

describe('who keeps an object', () => {
  const of = (metadata: object) => managerOf({ metadata });
  it.each([
    [{ ownerReferences: [{ kind: 'ExternalSecret', name: 'x' }] }, { name: 'ExternalSecret x', reconciles: true }],
    [{ labels: { 'reconcile.external-secrets.io/created-by': 'h' } }, { name: 'External Secrets', reconciles: true }],
    [{ labels: { 'app.kubernetes.io/managed-by': 'hashicorp-vso' } }, { name: 'the Vault Secrets Operator', reconciles: true }],
    [{ annotations: { 'sealedsecrets.bitnami.com/managed': 'true' } }, { name: 'Sealed Secrets', reconciles: true }],
    [{ labels: { 'app.kubernetes.io/managed-by': 'Helm' } }, { name: 'Helm', reconciles: false }],
    [{ annotations: { 'argocd.argoproj.io/tracking-id': 'app:/Secret' } }, { name: 'Argo CD', reconciles: false }],
    [{ labels: { 'kustomize.toolkit.fluxcd.io/name': 'app' } }, { name: 'Flux', reconciles: false }],
    [{ labels: { 'app.kubernetes.io/managed-by': 'agentops' } }, undefined],
    [{}, undefined],
  ])('%o', (metadata, expected) => {
    expect(of(metadata)).toEqual(expected);
  });
});
