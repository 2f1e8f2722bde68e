import { stableUid } from './identity.ts';
import type { CustomResource } from './resources.ts';
import { type KubeObject, rfc3339 } from './types.ts';

/** The CustomResourceDefinition behind an added resource. */
export function customResourceDefinition(resource: CustomResource, at: number): KubeObject {
  const { group, version, plural, kind, namespaced, singular = kind.toLowerCase(), shortNames = [], categories = [] } = resource;
  const name = `${plural}.${group}`;
  const time = rfc3339(at);
  const names = {
    plural,
    singular,
    kind,
    listKind: `${kind}List`,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name, uid: stableUid('crd', name), creationTimestamp: time },
    spec: {
      group,
      names,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
      conversion: { strategy: 'None' },
    },
    status: {
      acceptedNames: names,
      storedVersions: [version],
      conditions: [
        { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found', lastTransitionTime: time },
        {
          type: 'Established',
          status: 'True',
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
          lastTransitionTime: time,
        },
      ],
    },
  };
}
