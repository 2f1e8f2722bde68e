import type { IstioConfig, Pod } from '../../../packages/core/src/model/kubernetes.ts';
import { container, pod } from './builders.ts';

type Element<T> = T extends readonly (infer E)[] ? E : never;

export function istio(more: Partial<IstioConfig> = {}): IstioConfig {
  return { peerAuthentications: [], authorizationPolicies: [], destinationRules: [], ...more };
}

export function peerAuthentication(namespace: string, mode: string, more: Partial<Element<IstioConfig['peerAuthentications']>> = {}) {
  return { namespace, name: 'default', mode, selector: {}, portModes: {}, ...more };
}

/** A pod with Istio's sidecar. */
export function meshPod(name: string, more: Partial<Pod> = {}): Pod {
  return pod(name, { app: name }, { containers: [container('main'), container('istio-proxy', [], { role: 'sidecar' })], ...more });
}

export const noCrds = { ok: false, reason: 'absent', source: 'kubernetes prod', detail: 'no Istio CRDs' } as const;
