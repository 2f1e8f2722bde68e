import type { Evidence, Unavailable } from '../../model/evidence.ts';
import { listed, plural } from '../../model/format.ts';
import type { ForeignPolicies } from '../../model/kubernetes.ts';
import { kubectl } from '../kubectl.ts';
import { type Sight, sight } from './sight.ts';

/**
 * Where other policy engines (Cilium, Calico, AdminNetworkPolicy…) may have a
 * say. What they allow or deny is not evaluated, so what depends on it is
 * unknown, neither "uncovered" nor "blocked".
 */
export interface Foreign {
  readonly sight: Sight<readonly ForeignPolicies[]>;
  /** True where a NetworkPolicy's silence decides nothing: another engine applies, or it could not be seen whether one does. */
  undecided(namespace: string): boolean;
  /** One gap for what stayed undecided, e.g. `12 pods selected by no NetworkPolicy`; none where `namespaces` is empty. */
  gaps(what: string, namespaces: readonly string[], context: string | undefined): readonly Unavailable[];
}

export function foreignEngines(evidence: Evidence<readonly ForeignPolicies[]> | undefined): Foreign {
  // The server answered that it has none of these kinds: there is no other engine.
  const seen = evidence && !evidence.ok && evidence.reason === 'absent' ? sight({ ok: true, source: evidence.source, data: [] }, '') : null;
  const view = seen ?? sight(evidence, 'kubernetes.foreignpolicies');
  const present = (view.data ?? []).filter((kind) => kind.count > 0);
  const applying = (namespace: string): readonly ForeignPolicies[] =>
    present.filter((kind) => kind.namespaces.length === 0 || kind.partial === true || kind.namespaces.includes(namespace));
  return {
    sight: view,
    undecided: (namespace) => view.blind(namespace) || applying(namespace).length > 0,
    gaps(what, namespaces, context) {
      const kinds = new Set(namespaces.flatMap(applying));
      if (kinds.size === 0) return [];
      const names = [...kinds].map(resourceOf).sort();
      const sorted = [...new Set(namespaces)].sort();
      return [
        {
          ok: false,
          reason: 'unsupported',
          source: names.join(', '),
          detail: `${what} in ${plural(sorted.length, 'namespace')} (${listed(sorted)}) where other policies apply too (${listed(names)}), which are not evaluated`,
          hint: kubectl(context, undefined, 'get', names.join(','), '-A'),
        },
      ];
    },
  };
}

/** `ciliumnetworkpolicies.cilium.io`: as kubectl names a resource. */
function resourceOf(kind: ForeignPolicies): string {
  return `${kind.kind.toLowerCase()}.${kind.group}`;
}
