import type { Certificate, SecretMeta } from '../../../packages/core/src/model/kubernetes.ts';
import type { RotationJournal, RotationState } from '../../../packages/core/src/model/rotation.ts';
import type { SecretRotations, VaultRotations, VaultSecret } from '../../../packages/core/src/model/servers.ts';
import { testNow } from '../../support/host.ts';

export const day = 86_400_000;
/** The instant so many days before the tests' now. */
export const daysAgo = (days: number): number => testNow - days * day;

/** A secret of namespace agents, created so many days ago and not written since. */
export function secret(name: string, days: number, more: Partial<SecretMeta> = {}): SecretMeta {
  return {
    namespace: 'agents',
    name,
    type: 'Opaque',
    labels: {},
    annotations: {},
    createdAt: daysAgo(days),
    dataManagers: [{ manager: 'kubectl-create', at: daysAgo(days) }],
    hasManagedFields: true,
    ...more,
  };
}

/** managedFields as they are after a write so many days ago. */
export function written(days: number, manager = 'helm'): Pick<SecretMeta, 'dataManagers' | 'hasManagedFields'> {
  return { dataManagers: [{ manager, at: daysAgo(days) }], hasManagedFields: true };
}

export const stripped: Pick<SecretMeta, 'dataManagers' | 'hasManagedFields'> = { dataManagers: [], hasManagedFields: false };

export function vaultSecret(path: string, days: number, more: Partial<VaultSecret> = {}): VaultSecret {
  return { mount: 'kv', path, currentVersion: 4, versionCreatedAt: daysAgo(days), deleted: false, customMetadata: {}, ...more };
}

export function certificate(name: string, daysLeft: number | undefined, more: Partial<Certificate> = {}): Certificate {
  return {
    namespace: 'agents',
    name,
    secretName: `${name}-tls`,
    ...(daysLeft === undefined ? {} : { notAfter: testNow + daysLeft * day }),
    ready: true,
    message: '',
    ...more,
  };
}

const second = 1000;

/** RFC 3339, so many seconds before the tests' now. */
export const secondsAgo = (seconds: number): string => new Date(testNow - seconds * second).toISOString();

/** The journal of a rotation of `openai-key` that was last written so many seconds ago. */
export function journal(state: RotationState, writtenSecondsAgo: number, more: Partial<RotationJournal> = {}): RotationJournal {
  return {
    format: 1,
    id: 'openai-key/20261121t130000z-9f3a',
    secret: 'openai-key',
    state,
    intent: null,
    epoch: 1,
    holder: 'host/1/abc',
    by: 'ada',
    startedAt: secondsAgo(writtenSecondsAgo + 60),
    updatedAt: secondsAgo(writtenSecondsAgo),
    target: { mount: 'kv', path: 'agents/openai', field: 'value' },
    issuer: 'random',
    oldVersion: 4,
    newVersion: 5,
    restoredVersion: null,
    oldCreatedAt: null,
    oldKey: null,
    newKey: null,
    oldFingerprint: null,
    newFingerprint: null,
    consumers: [],
    acceptDowntime: false,
    overlapMs: 86_400_000,
    graceUntil: null,
    revoke: null,
    failure: null,
    operator: null,
    remarks: [],
    history: [{ state: 'PLANNED', at: secondsAgo(writtenSecondsAgo + 60), ms: 0 }],
    ...more,
  };
}

/** Evidence of one secret's rotations, newest first; the lock is free unless said otherwise. */
export function rotations(journals: readonly RotationJournal[], more: Partial<SecretRotations> = {}): VaultRotations {
  return { secrets: [{ secret: 'openai-key', journals, lock: null, ...more }], lockFor: 60_000, timeout: 3_600_000 };
}
