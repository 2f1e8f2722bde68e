import { z } from 'zod';
import { listed, plural } from '../../model/format.ts';
import type { Pod } from '../../model/kubernetes.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { kubectl } from '../kubectl.ts';
import { type EffectiveMode, effectiveMode, inMesh, istioSight, rootGap } from './istio-mesh.ts';
import { gapsOf, sight } from './sight.ts';

const settings = z.object({
  rootNamespace: z
    .string()
    .min(1)
    .default('istio-system')
    .describe('namespace whose PeerAuthentication without a selector holds for the whole mesh'),
});

const command = 'peerauthentications.security.istio.io';

/** Namespaces and workloads of the mesh that accept plain text. */
export const istioMtls = defineCheck({
  meta: {
    id: 'network-policy/istio-mtls',
    category: 'network-policy',
    title: 'Istio mutual TLS',
    why: 'Unless mutual TLS is STRICT, workloads of the mesh accept plain text too: anyone on the network can read along or pose as a service.',
    remedy: [
      'Set STRICT for the mesh: a PeerAuthentication without a selector in istio-system with mtls.mode: STRICT; or one a namespace.',
      'PERMISSIVE, the default, is meant for migrations: look in istio_requests_total for connection_security_policy="none" before you end it.',
      'A workload that must stay open gets a PeerAuthentication of its own with a selector, and as few ports as possible in portLevelMtls.',
    ],
    source: 'https://istio.io/latest/docs/concepts/security/#peer-authentication',
  },
  needs: ['kubernetes.pods'],
  uses: ['kubernetes.istio', 'kubernetes.namespaces'],
  settings,
  evaluate(input, chosen, context) {
    const istio = istioSight(input['kubernetes.istio']);
    const namespaces = sight(input['kubernetes.namespaces'], 'kubernetes.namespaces');
    if (istio.absent) return { findings: [], examined: { count: 0, noun: 'mesh namespace' }, note: 'no Istio CRDs' };
    const gaps = gapsOf(istio, namespaces);
    if (!istio.data) return { findings: [], gaps, examined: { count: 0, noun: 'mesh namespace' } };

    const config = istio.data;
    const byName = new Map((namespaces.data ?? []).map((namespace) => [namespace.name, namespace]));
    const mesh = Map.groupBy(
      input['kubernetes.pods'].filter((pod) => inMesh(pod, byName)),
      (pod) => pod.namespace,
    );
    const examined = { count: mesh.size, noun: 'mesh namespace' };
    if (mesh.size === 0) return { findings: [], gaps, examined, note: 'no pod is in an Istio mesh' };

    const unseenRoot = rootGap(config, namespaces, input['kubernetes.pods'], chosen.rootNamespace);
    const findings: FindingDraft[] = [];
    let guessed = false;
    for (const [namespace, pods] of mesh) {
      if (istio.blind(namespace)) continue;
      const effective = effectiveMode(config, namespace, chosen.rootNamespace);
      if (effective.mode === 'STRICT') continue;
      const guess = effective.from === undefined && (unseenRoot !== undefined || istio.blind(chosen.rootNamespace));
      if (guess) guessed = true;
      else findings.push(namespaceFinding(namespace, pods, effective, context.context));
    }
    if (guessed && unseenRoot) gaps.push(unseenRoot);
    for (const each of config.peerAuthentications) {
      const weak = weakParts(each.mode, each.portModes);
      if (Object.keys(each.selector).length === 0 || weak.length === 0) continue;
      findings.push({
        severity: 'warning',
        resource: { namespace: each.namespace, kind: 'PeerAuthentication', name: each.name },
        seen: `mutual TLS ${weak.join(', ')}`,
        expected: 'STRICT',
        detail: `for workloads with ${labelText(each.selector)}`,
        next: [kubectl(context.context, each.namespace, 'get', command, each.name, '-o', 'yaml')],
      });
    }
    return { findings, gaps, examined };
  },
});

function namespaceFinding(namespace: string, pods: readonly Pod[], effective: EffectiveMode, context: string | undefined): FindingDraft {
  const { mode, from } = effective;
  const origin = from ? `by PeerAuthentication ${from.namespace}/${from.name}` : 'by default: no PeerAuthentication applies';
  return {
    severity: 'warning',
    resource: { namespace, kind: 'Namespace', name: namespace },
    seen: `mutual TLS ${mode}`,
    expected: 'STRICT',
    detail: `${origin}; ${plural(pods.length, 'pod')} of ${listed([...new Set(pods.map((pod) => pod.workload.name))].sort())}`,
    next: [
      kubectl(context, namespace, 'get', command),
      ...(from && from.namespace !== namespace ? [kubectl(context, from.namespace, 'get', command, from.name, '-o', 'yaml')] : []),
    ],
  };
}

/** `PERMISSIVE`, `DISABLE on port 8080`: what is weaker than STRICT in one policy; UNSET inherits and is judged elsewhere. */
function weakParts(mode: string, portModes: Readonly<Record<string, string>>): readonly string[] {
  const weak = (word: string): boolean => word === 'PERMISSIVE' || word === 'DISABLE';
  return [
    ...(weak(mode) ? [mode] : []),
    ...Object.entries(portModes).flatMap(([port, word]) => (weak(word) ? [`${word} on port ${port}`] : [])),
  ];
}

function labelText(selector: Readonly<Record<string, string>>): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
