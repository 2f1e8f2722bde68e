import type { Failure } from '../../evidence/failure.ts';
import { isRaw, text } from '../../evidence/kubernetes/raw.ts';
import { resourceName } from '../../evidence/kubernetes/resources.ts';
import { RotationFailure, type RotationFailureKind } from '../failure.ts';
import type { Kind } from './kinds.ts';

/**
 * What a cluster answered instead. `reason` is the API's own word (`AlreadyExists`, `Conflict`, `Invalid`,
 * `Forbidden`, `NotFound`…) or, where it said nothing, `Unavailable`.
 */
export class ClusterFailure extends RotationFailure {
  readonly reason: string;

  constructor(kind: RotationFailureKind, reason: string, message: string, options: { hint?: string } = {}) {
    super(kind, message, options);
    this.reason = reason;
  }
}

/** The API's word for why a call failed; undefined where it was no cluster that failed. By name of its field: bundles may hold the class twice. */
export function reasonOf(error: unknown): string | undefined {
  return error instanceof Error && error.name === 'AgentOpsError' && 'reason' in error && typeof error.reason === 'string'
    ? error.reason
    : undefined;
}

/** What was asked, in the API's own verbs. */
export interface Asked {
  readonly verb: 'get' | 'list' | 'create' | 'patch' | 'delete';
  readonly kind: Kind;
  readonly namespace: string;
  /** Undefined: the collection. */
  readonly name: string | undefined;
}

/** Nothing was answered, or nothing that can be used. */
export function unanswered(asked: Asked, failure: Failure): ClusterFailure {
  return new ClusterFailure('transient', 'Unavailable', `${asked.verb} ${subjectOf(asked)}: ${failure.detail}`);
}

/**
 * What an answer outside 2xx means. The Status in it is read for its reason, the name of a webhook and the word quota, nothing
 * else: its message may quote what was sent.
 */
export function refusedBy(asked: Asked, status: number, body: unknown): ClusterFailure {
  const reason = reasonWord(body) ?? `Status${status}`;
  const subject = subjectOf(asked);
  const webhook = webhookOf(body);
  if (webhook !== undefined && status < 500) {
    return new ClusterFailure('refused', reason, `the admission webhook ${webhook} refuses ${subject}`);
  }
  if (status === 401) {
    return new ClusterFailure('transient', reason, `${asked.verb} ${subject}: the login was refused`, {
      hint: 'log in again, or check the user of the kubeconfig',
    });
  }
  if (status === 403 && isRaw(body) && /\bexceeded quota: /.test(text(body.message))) {
    return new ClusterFailure('transient', reason, `${subject}: a quota of namespace ${asked.namespace} is used up`, {
      hint: `kubectl -n ${asked.namespace} describe quota`,
    });
  }
  if (status === 403) {
    return new ClusterFailure('transient', reason, `not allowed to ${asked.verb} ${subject}`, {
      hint: `needs ${asked.verb} ${resourceName({ group: asked.kind.group, name: asked.kind.plural })} in namespace ${asked.namespace}`,
    });
  }
  if (status === 404) return new ClusterFailure('conflict', reason, `${subject} is not there`);
  if (status === 409) {
    const words = reason === 'AlreadyExists' ? 'exists already' : 'was changed by somebody else meanwhile';
    return new ClusterFailure('conflict', reason, `${subject} ${words}`);
  }
  if (status >= 400 && status < 500 && status !== 410 && status !== 408 && status !== 429) {
    return new ClusterFailure('refused', reason, `the API server refuses to ${asked.verb} ${subject} (${status} ${reason})`);
  }
  return new ClusterFailure('transient', reason, `${asked.verb} ${subject}: the API server answers ${status} ${reason}`);
}

function subjectOf({ kind, namespace, name }: Asked): string {
  return name === undefined ? `${kind.plural} in namespace ${namespace}` : `${kind.kind} ${namespace}/${name}`;
}

function reasonWord(body: unknown): string | undefined {
  const reason = isRaw(body) ? text(body.reason) : '';
  return /^[A-Z][A-Za-z]{1,40}$/.test(reason) ? reason : undefined;
}

/** The name alone: what a webhook says of its reasons may quote the object. */
function webhookOf(body: unknown): string | undefined {
  return /^admission webhook "([a-z0-9.-]{1,253})" denied the request/.exec(isRaw(body) ? text(body.message) : '')?.[1];
}
