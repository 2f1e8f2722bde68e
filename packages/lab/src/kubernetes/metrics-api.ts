import { stableUid } from './identity.ts';
import type { ObjectStore } from './store.ts';
import { type KubeObject, rfc3339 } from './types.ts';

export const metricsGroup = 'metrics.k8s.io';

/** The APIService of metrics.k8s.io as `kubectl get apiservices` shows it with and without its backend. */
export function metricsApiService(available: boolean, at: number): KubeObject {
  const name = `v1beta1.${metricsGroup}`;
  const condition = available
    ? { status: 'True', reason: 'Passed', message: 'all checks passed' }
    : {
        status: 'False',
        reason: 'MissingEndpoints',
        message: 'endpoints for service/metrics-server in "kube-system" have no addresses with port name "https"',
      };
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name, uid: stableUid('apiservice', name), creationTimestamp: rfc3339(at) },
    spec: {
      group: metricsGroup,
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { name: 'metrics-server', namespace: 'kube-system', port: 443 },
    },
    status: { conditions: [{ type: 'Available', lastTransitionTime: rfc3339(at), ...condition }] },
  };
}

/** Puts the APIService into the store, or replaces it. */
export function setMetricsService(store: ObjectStore, available: boolean): void {
  store.load([metricsApiService(available, store.now())]);
}
