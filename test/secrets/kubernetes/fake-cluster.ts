import type { Raw } from '../../../packages/core/src/evidence/kubernetes/raw.ts';
import type { Cluster, JsonPatchOperation } from '../../../packages/core/src/secrets/kubernetes/client.ts';
import { ClusterFailure } from '../../../packages/core/src/secrets/kubernetes/cluster-failure.ts';
import type { ObjectPath } from '../../../packages/core/src/secrets/kubernetes/kinds.ts';

/** A cluster out of a few objects, by `Kind name`; what is written is kept in `writes`. */
export class FakeCluster implements Cluster {
  readonly context = 'fake';
  readonly objects = new Map<string, Raw>();
  readonly writes: unknown[] = [];
  /** Thrown by every call while it is set. */
  failing: Error | undefined;
  /** Thrown by lists of this kind. */
  forbidden: string | undefined;
  served = true;
  ahead = 0;

  put(kind: string, name: string, object: Raw): this {
    this.objects.set(`${kind} ${name}`, { kind, ...object, metadata: { name, ...(object.metadata as object | undefined) } });
    return this;
  }

  now(context: Parameters<Cluster['now']>[0]): number {
    return context.host.clock.now() + this.ahead;
  }

  async get({ kind, name }: ObjectPath): Promise<Raw | undefined> {
    if (this.failing) throw this.failing;
    return this.objects.get(`${kind.kind} ${name}`);
  }

  async list(kind: ObjectPath['kind']): Promise<readonly Raw[]> {
    if (this.failing) throw this.failing;
    if (this.forbidden === kind.kind) throw new ClusterFailure('transient', 'Forbidden', `not allowed to list ${kind.plural}`);
    return [...this.objects].flatMap(([key, object]) => (key.startsWith(`${kind.kind} `) ? [object] : []));
  }

  async #write(verb: string, { kind, name }: ObjectPath, body: unknown): Promise<Raw> {
    if (this.failing) throw this.failing;
    this.writes.push([verb, `${kind.kind} ${name}`, body]);
    return this.objects.get(`${kind.kind} ${name}`) ?? {};
  }

  create(at: ObjectPath, object: object): Promise<Raw> {
    return this.#write('create', at, object);
  }

  apply(at: ObjectPath, object: object): Promise<Raw> {
    return this.#write('apply', at, object);
  }

  jsonPatch(at: ObjectPath, operations: readonly JsonPatchOperation[]): Promise<Raw> {
    return this.#write('jsonPatch', at, operations);
  }

  mergePatch(at: ObjectPath, patch: object): Promise<Raw> {
    return this.#write('mergePatch', at, patch);
  }

  async delete(at: ObjectPath, _context: unknown, options?: { readonly uid?: string }): Promise<boolean> {
    await this.#write('delete', at, options);
    return this.objects.delete(`${at.kind.kind} ${at.name}`);
  }

  async serves(): Promise<boolean> {
    return this.served;
  }

  close(): void {}
}

export const unreachable = new ClusterFailure('transient', 'Unavailable', 'get Deployment agents/web: connection refused');
