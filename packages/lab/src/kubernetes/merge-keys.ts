/**
 * Lists that Kubernetes merges by a key and not as a whole, by field name (the
 * patchMergeKey and listMapKey tags of the API types that the lab serves).
 */
const mergeKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  secrets: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  ports: ['containerPort', 'port'],
  conditions: ['type'],
  ownerReferences: ['uid'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey'],
  addresses: ['type'],
};

/** Lists of plain values that are merged as sets. */
export const setLists: ReadonlySet<string> = new Set(['finalizers']);

/** The key that entries of this list are merged by; undefined for a list that is replaced as a whole. */
export function mergeKeyOf(field: string, list: readonly unknown[]): string | undefined {
  const keys = Object.hasOwn(mergeKeys, field) ? mergeKeys[field] : undefined;
  return keys?.find((key) => list.length > 0 && list.every((entry) => typeof entry === 'object' && entry !== null && key in entry));
}
