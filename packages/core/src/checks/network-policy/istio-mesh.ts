import type { Evidence, Unavailable } from '../../model/evidence.ts';
import type { IstioConfig, Namespace, Pod } from '../../model/kubernetes.ts';
import { isFinished } from './coverage.ts';
import { type Sight, sight } from './sight.ts';

/** Label of namespaces and pods whose traffic the ambient data plane carries. */
const ambient = 'istio.io/dataplane-mode';

/** Istio's configuration, or why it cannot be judged; `absent` where its CRDs are not there, which is fine. */
export function istioSight(evidence: Evidence<IstioConfig> | undefined): Sight<IstioConfig> & { readonly absent: boolean } {
  const view = sight(evidence, 'kubernetes.istio');
  const absent = view.missing?.reason === 'absent';
  return { ...view, missing: absent ? undefined : view.missing, absent };
}

/** Is the pod in the mesh: does it run the sidecar, or does the ambient data plane carry its traffic? */
export function inMesh(pod: Pod, namespaces: ReadonlyMap<string, Namespace>): boolean {
  if (pod.hostNetwork || isFinished(pod)) return false;
  if (pod.containers.some((container) => container.name === 'istio-proxy')) return true;
  const mode = pod.labels[ambient] ?? namespaces.get(pod.namespace)?.labels[ambient];
  return mode === 'ambient';
}

/** A mode of mutual TLS as it is in force, and who says so. */
export interface EffectiveMode {
  readonly mode: 'STRICT' | 'PERMISSIVE' | 'DISABLE';
  /** The PeerAuthentication that sets it; undefined: Istio's default. */
  readonly from: { readonly namespace: string; readonly name: string } | undefined;
}

const weakness: readonly EffectiveMode['mode'][] = ['DISABLE', 'PERMISSIVE', 'STRICT'];

/**
 * The mode for a namespace's workloads without a PeerAuthentication of their
 * own: the namespace's, else the root namespace's, else PERMISSIVE; UNSET
 * inherits. Of several at one level the oldest counts in Istio; their age is
 * not known here, so the weakest is taken.
 * Source: https://istio.io/latest/docs/reference/config/security/peer_authentication/
 */
export function effectiveMode(istio: IstioConfig, namespace: string, rootNamespace: string): EffectiveMode {
  for (const level of [namespace, rootNamespace]) {
    const set = istio.peerAuthentications
      .filter((each) => each.namespace === level && Object.keys(each.selector).length === 0)
      .flatMap(({ mode, namespace: from, name }) => {
        const known = weakness.find((word) => word === mode);
        return known ? [{ mode: known, from: { namespace: from, name } }] : [];
      })
      .sort((a, b) => weakness.indexOf(a.mode) - weakness.indexOf(b.mode));
    if (set[0]) return set[0];
  }
  return { mode: 'PERMISSIVE', from: undefined };
}

/** The evidence of Istio includes this namespace, whatever namespaces are configured. */
const alwaysRead = 'istio-system';

/**
 * A gap where the mesh-wide policy of the root namespace could not be seen
 * (only some namespaces were looked at): then the default is a guess.
 */
export function rootGap(
  istio: IstioConfig,
  namespaces: Sight<readonly Namespace[]>,
  pods: readonly Pod[],
  rootNamespace: string,
): Unavailable | undefined {
  const seen =
    rootNamespace === alwaysRead ||
    namespaces.data?.some((namespace) => namespace.name === rootNamespace) ||
    pods.some((pod) => pod.namespace === rootNamespace) ||
    istio.peerAuthentications.some((each) => each.namespace === rootNamespace);
  if (seen) return undefined;
  return {
    ok: false,
    reason: 'absent',
    source: `PeerAuthentication in ${rootNamespace}`,
    detail: `the mesh-wide policy in namespace ${rootNamespace} was not looked at`,
    hint: `add ${rootNamespace} to kubernetes.namespaces, or set rootNamespace of this check`,
  };
}
