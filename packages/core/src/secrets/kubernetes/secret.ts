import { type Raw, raw, raws, stringMap, text } from '../../evidence/kubernetes/raw.ts';
import { annotations, type ConsumerRecord } from '../../model/rotation.ts';
import { RotationFailure } from '../failure.ts';
import type { ConsumerChange, RunContext } from '../ports.ts';
import { type Cluster, fieldManager } from './client.ts';
import { reasonOf } from './cluster-failure.ts';
import { dataOf } from './keys.ts';
import { apiVersionOf, kinds, labelOf, type ObjectPath } from './kinds.ts';
import { backOf } from './template-patch.ts';

/** When the old value was put back into a Secret that is changed in place. */
export const restoredAt = 'agentops.dev/restored-at';
export const managedBy = { key: 'app.kubernetes.io/managed-by', value: 'agentops' } as const;

/** A Secret of one consumer, and how Vault's fields become its keys. */
export interface SecretPlace {
  readonly namespace: string;
  /** As configured, without a version. */
  readonly family: string;
  readonly keys: ReadonlyMap<string, string>;
}

export function secretAt(namespace: string, name: string): ObjectPath {
  return { kind: kinds.Secret, namespace, name };
}

export function annotationsOf(object: Raw | undefined): Readonly<Record<string, string>> {
  return stringMap(raw(object?.metadata).annotations);
}

/**
 * Creates the immutable Secret of a version: the one that is referenced now with the mapped keys replaced. One that
 * is there already is fine where it is of this rotation or has the same values; else it throws `conflict`.
 */
export async function createVersion(
  cluster: Cluster,
  place: SecretPlace,
  record: ConsumerRecord,
  change: ConsumerChange,
  context: RunContext,
): Promise<void> {
  const at = secretAt(place.namespace, record.to);
  const mapped = dataOf(change.fields, place.keys);
  if (await isThere(cluster, at, change, mapped, context)) return;
  const base = record.from === null ? undefined : await cluster.get(secretAt(place.namespace, record.from), context);
  if (record.from !== null && !base) {
    throw new RotationFailure('conflict', `Secret ${place.namespace}/${record.from}, whose other keys were to be copied, is gone`);
  }
  const type = text(base?.type) || 'Opaque';
  if (type === 'kubernetes.io/service-account-token') {
    throw new RotationFailure(
      'refused',
      `${labelOf(secretAt(place.namespace, record.from ?? ''))} is a service account's token, which Kubernetes makes`,
    );
  }
  const object = {
    apiVersion: apiVersionOf(kinds.Secret),
    kind: 'Secret',
    metadata: {
      name: record.to,
      namespace: place.namespace,
      // Labels of the old one are left behind: tools prune what carries theirs and is not in their sources.
      labels: { [managedBy.key]: managedBy.value },
      annotations: marks(place, change, change.rotation, timeText(cluster, context)),
    },
    type,
    immutable: true,
    data: { ...stringMap(base?.data), ...mapped },
  };
  try {
    await cluster.create(at, object, context);
  } catch (error) {
    if (reasonOf(error) !== 'AlreadyExists' || !(await isThere(cluster, at, change, mapped, context))) throw error;
  }
}

async function isThere(
  cluster: Cluster,
  at: ObjectPath,
  change: ConsumerChange,
  mapped: Readonly<Record<string, string>>,
  context: RunContext,
): Promise<boolean> {
  const present = await cluster.get(at, context, { metadataOnly: true });
  if (!present) return false;
  const marked = annotationsOf(present);
  if (marked[annotations.rotation] === change.rotation && marked[annotations.vaultVersion] === String(change.version)) return true;
  if (holdsData(await cluster.get(at, context), mapped)) return true;
  throw new RotationFailure('conflict', `${labelOf(at)} is there already with another value`, {
    hint: `see who made it: kubectl -n ${at.namespace} get secret ${at.name} -o jsonpath={.metadata.annotations}`,
  });
}

/** Whether a Secret has all of these values; other keys do not matter. */
export function holdsData(secret: Raw | undefined, mapped: Readonly<Record<string, string>>): boolean {
  const data = stringMap(secret?.data);
  return secret !== undefined && Object.entries(mapped).every(([key, value]) => sameBytes(data[key], value));
}

/** Base64 may be written in more than one way. */
function sameBytes(a: string | undefined, b: string): boolean {
  return a !== undefined && (a === b || Buffer.from(a, 'base64').equals(Buffer.from(b, 'base64')));
}

/** Puts the values into the one Secret, and takes their keys over. Again with the same rotation: changes nothing. */
export async function applyInPlace(cluster: Cluster, place: SecretPlace, change: ConsumerChange, context: RunContext): Promise<void> {
  const at = secretAt(place.namespace, place.family);
  const marked = annotationsOf(await cluster.get(at, context, { metadataOnly: true }));
  const again = marked[annotations.rotation] === change.rotation ? marked[annotations.rotatedAt] : undefined;
  await apply(
    cluster,
    at,
    dataOf(change.fields, place.keys),
    marks(place, change, change.rotation, again ?? change.madeAt ?? timeText(cluster, context)),
    context,
  );
}

/** Puts the old values back. When the new ones were there stays written beside, so that it can be told which pods read them. */
export async function restoreInPlace(
  cluster: Cluster,
  place: SecretPlace,
  record: ConsumerRecord,
  change: ConsumerChange,
  context: RunContext,
): Promise<void> {
  const at = secretAt(place.namespace, place.family);
  const present = await cluster.get(at, context, { metadataOnly: true });
  const marked = annotationsOf(present);
  const back = backOf(change.rotation);
  const now = timeText(cluster, context);
  const isBack = marked[annotations.rotation] === back;
  const data = dataOf(change.fields, place.keys);
  if (!isBack && marked[annotations.rotation] !== change.rotation) {
    // The new values were never put in, or somebody has put the old ones back: nothing to undo.
    if (neverCame(present, record) || holdsData(await cluster.get(at, context), data)) return;
    throw new RotationFailure('conflict', `${labelOf(at)} was changed by somebody else since the new value was put into it`, {
      hint: 'put the old value into it by hand, then go on',
    });
  }
  await apply(
    cluster,
    at,
    data,
    {
      ...marks(place, change, back, marked[annotations.rotatedAt] ?? now),
      [restoredAt]: (isBack ? marked[restoredAt] : undefined) ?? now,
    },
    context,
  );
}

/**
 * Whether the new value was never put into a Secret that is changed in place: it has the mark of before and, where
 * there was none, nothing on it that we have applied. (A mark may have been taken away.)
 */
export function neverCame(present: Raw | undefined, record: ConsumerRecord): boolean {
  const mark = annotationsOf(present)[annotations.rotation];
  const applied = raws(raw(present?.metadata).managedFields).some(
    ({ manager, operation }) => manager === fieldManager && operation === 'Apply',
  );
  return mark === record.mark && (mark !== undefined || !applied);
}

async function apply(
  cluster: Cluster,
  at: ObjectPath,
  data: Readonly<Record<string, string>>,
  marked: Readonly<Record<string, string>>,
  context: RunContext,
): Promise<void> {
  const metadata = { name: at.name, namespace: at.namespace, annotations: marked };
  const object = { apiVersion: apiVersionOf(kinds.Secret), kind: 'Secret', metadata, data };
  await cluster.apply(at, object, context, { force: true });
}

function marks(place: SecretPlace, change: ConsumerChange, rotation: string, at: string): Record<string, string> {
  return {
    [annotations.rotation]: rotation,
    [annotations.rotatedAt]: at,
    [annotations.vaultPath]: change.source,
    [annotations.vaultVersion]: String(change.version),
    [annotations.family]: place.family,
  };
}

function timeText(cluster: Cluster, context: RunContext): string {
  return new Date(cluster.now(context)).toISOString();
}
