import { type Raw, raw, raws, text, time } from '../../evidence/kubernetes/raw.ts';
import { annotations, type ConsumerRecord } from '../../model/rotation.ts';
import { RotationFailure } from '../failure.ts';
import type { RunContext } from '../ports.ts';
import type { Cluster } from './client.ts';
import { type Kind, kinds } from './kinds.ts';
import { isOver, readTimes, secretsOf } from './pods.ts';
import { secretReferences } from './references.ts';
import { annotationsOf, neverCame, restoredAt, secretAt } from './secret.ts';
import { backOf, rotationOf } from './template-patch.ts';

/** Times of two sources are taken for the same within this, ms: starts of containers have whole seconds. */
const slackMs = 2000;

/** Pods and workloads of a namespace whose templates name the Secret; pods that ended and Jobs that are over do not count. */
export async function usersOf(cluster: Cluster, namespace: string, secret: string, context: RunContext): Promise<readonly string[]> {
  const listed = await Promise.all([
    podsNaming(cluster, namespace, secret, context),
    ...[kinds.Deployment, kinds.StatefulSet, kinds.DaemonSet, kinds.CronJob, kinds.Job, kinds.Rollout].map((kind) =>
      templatesNaming(cluster, kind, namespace, secret, context),
    ),
  ]);
  const [pods = [], ...workloads] = listed;
  return [...workloads.flat(), ...pods.map((pod) => nameOf(kinds.Pod, pod))];
}

async function podsNaming(cluster: Cluster, namespace: string, secret: string, context: RunContext): Promise<readonly Raw[]> {
  const pods = await cluster.list(kinds.Pod, namespace, context);
  return pods.filter((pod) => !isOver(pod) && secretsOf(pod).has(secret));
}

async function templatesNaming(
  cluster: Cluster,
  kind: Kind,
  namespace: string,
  secret: string,
  context: RunContext,
): Promise<readonly string[]> {
  let objects: readonly Raw[];
  try {
    objects = await cluster.list(kind, namespace, context);
  } catch (error) {
    // Without the CRD there are none. Where listing is forbidden the server says so before it looks.
    if (kind === kinds.Rollout && !(await cluster.serves(kind, context))) return [];
    throw error;
  }
  return objects.filter((object) => !isFinishedJob(kind, object) && names(kind, object, secret)).map((object) => nameOf(kind, object));
}

function names(kind: Kind, object: Raw, secret: string): boolean {
  const spec = raw(object.spec);
  const template = raw(kind === kinds.CronJob ? raw(raw(spec.jobTemplate).spec).template : spec.template);
  return secretReferences(template.spec).some(({ name }) => name === secret);
}

function isFinishedJob(kind: Kind, object: Raw): boolean {
  const over = raws(raw(object.status).conditions).some(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
  return kind === kinds.Job && over;
}

function nameOf(kind: Kind, object: Raw): string {
  return `${kind.kind} ${text(raw(object.metadata).name)}`;
}

/** Since when a Secret that is changed in place serves what, by the marks on it; ms since the epoch. */
interface Served {
  readonly side: 'from' | 'to';
  readonly rotation: string;
  readonly syncedAt: number;
  /** 0: the old value was not put back. */
  readonly restoredAt: number;
}

/** Undefined: it carries no mark of ours. */
function servedBy(present: Raw | undefined): Served | undefined {
  const marked = annotationsOf(present);
  const rotation = marked[annotations.rotation];
  if (rotation === undefined) return undefined;
  const back = marked[restoredAt];
  return {
    side: back === undefined ? 'to' : 'from',
    rotation,
    syncedAt: time(marked[annotations.rotatedAt]),
    restoredAt: time(back),
  };
}

/**
 * Pods that hold the other value than the one a Secret in place serves now: for `from` those that read it before the
 * new one came, for `to` those that read it while that was there. What serves now is held by every pod that names it.
 */
export async function holdersInPlace(
  cluster: Cluster,
  namespace: string,
  record: ConsumerRecord,
  side: 'from' | 'to',
  context: RunContext,
): Promise<readonly string[]> {
  const [pods, present] = await Promise.all([
    podsNaming(cluster, namespace, record.to, context),
    cluster.get(secretAt(namespace, record.to), context, { metadataOnly: true }),
  ]);
  const state = servedBy(present);
  if (neverCame(present, record)) return side === 'from' ? pods.map((pod) => nameOf(kinds.Pod, pod)) : [];
  // A mark that somebody took away tells nothing: any pod may hold either.
  const holders = state === undefined || state.side === side ? pods : pods.filter((pod) => holdsOther(pod, state));
  return holders.map((pod) => nameOf(kinds.Pod, pod));
}

function holdsOther(pod: Raw, state: Served): boolean {
  // Made from a template that was changed after the Secret was.
  if (rotationOf(pod) === state.rotation) return false;
  return readTimes(pod).some((at) =>
    state.side === 'to' ? at < state.syncedAt + slackMs : at > state.syncedAt - slackMs && at < state.restoredAt + slackMs,
  );
}

/** Whether a pod may hold the value that was put in place by a rotation and taken back. */
export async function mayHoldRestored(
  cluster: Cluster,
  namespace: string,
  secret: string,
  rotation: string,
  pods: readonly Raw[],
  context: RunContext,
): Promise<boolean> {
  const state = servedBy(await cluster.get(secretAt(namespace, secret), context, { metadataOnly: true }));
  if (state?.rotation !== backOf(rotation)) return false;
  return pods.some((pod) => !isOver(pod) && holdsOther(pod, state));
}

/** Removes a Secret, where it carries our mark of this family; the user's own is never touched. */
export async function removeOurs(cluster: Cluster, namespace: string, name: string, family: string, context: RunContext): Promise<void> {
  const at = secretAt(namespace, name);
  const present = await cluster.get(at, context, { metadataOnly: true });
  if (!present || annotationsOf(present)[annotations.family] !== family) return;
  const uid = text(raw(present.metadata).uid);
  if (uid === '') throw new RotationFailure('transient', `Secret ${namespace}/${name} was shown without its uid`);
  await cluster.delete(at, context, { uid });
}
