import type { SecretMeta } from '../../../model/kubernetes.ts';
import { type Raw, raw, raws, stringMap, text, time } from '../raw.ts';
import { identity } from './common.ts';

/** Types that are not secrets of anybody's agents: they are left out on the server. */
export const skippedSecretTypes = ['kubernetes.io/service-account-token', 'helm.sh/release.v1', 'bootstrap.kubernetes.io/token'] as const;

/** `type` is '' where the server told metadata only. */
export function reduceSecret(object: Raw, type: string): SecretMeta {
  const metadata = raw(object.metadata);
  const managed = raws(metadata.managedFields);
  return {
    ...identity(object),
    type,
    labels: stringMap(metadata.labels),
    annotations: harmlessAnnotations(metadata.annotations),
    createdAt: time(metadata.creationTimestamp),
    dataManagers: managed.filter(ownsData).map((entry) => ({ manager: text(entry.manager), at: time(entry.time) })),
    hasManagedFields: managed.length > 0,
  };
}

function ownsData(entry: Raw): boolean {
  const fields = raw(entry.fieldsV1);
  return fields['f:data'] !== undefined || fields['f:stringData'] !== undefined;
}

/**
 * Metadata is not free of values: `kubectl apply` and its like keep a copy of
 * the whole manifest, `data` included, in an annotation. Whatever looks like
 * one (JSON, or longer than a date, a duration or a name) is dropped here.
 */
function harmlessAnnotations(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(stringMap(value)).filter(
      ([name, entry]) => entry.length <= 128 && !/[{}\n]/.test(entry) && !/last-applied|\/original|\/applied/.test(name),
    ),
  );
}
