import type { Certificate, SecretMeta } from '../../../packages/core/src/model/kubernetes.ts';
import type { VaultSecret } from '../../../packages/core/src/model/servers.ts';
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
