import { count, optionalText, type Raw, raw, text, time } from '../../evidence/kubernetes/raw.ts';
import { failureKind, RotationFailure } from '../failure.ts';
import type { HeldLock, Lock, LockHolder, RunContext } from '../ports.ts';
import type { Cluster } from './client.ts';
import { reasonOf } from './cluster-failure.ts';
import { apiVersionOf, kinds, labelOf, type ObjectPath } from './kinds.ts';
import { pause } from './pause.ts';

export interface LeaseOptions {
  readonly namespace: string;
  /** ms after which a lock that was not renewed is free. */
  readonly lockForMs: number;
}

/** ms in which `acquire` has its answer, either way. */
const acquireMs = 2000;

/**
 * A lock as a Lease of coordination.k8s.io/v1, `agentops-<secret>`: every write is a check-and-set on its
 * resourceVersion. Times are by the API server's clock, as far as its answers tell, so that clocks of two machines
 * that differ do not steal it.
 */
export function leaseLock(cluster: () => Promise<Cluster>, options: LeaseOptions): Lock {
  const at = (secret: string): ObjectPath => ({ kind: kinds.Lease, namespace: options.namespace, name: `agentops-${secret}` });
  return {
    description: (secret) => labelOf(at(secret)),
    async acquire(secret, holder, context) {
      const { clock } = context.host;
      const limited = { ...context, deadline: Math.min(context.deadline, clock.monotonic() + acquireMs) };
      const api = await cluster();
      const won = await contend(api, at(secret), holder, options.lockForMs, limited);
      return 'held' in won ? won : new Holding(api, at(secret), holder, options.lockForMs, won, context).start();
    },
  };
}

interface Won {
  readonly epoch: number;
  readonly version: string;
  /** Monotonic, ms: before the write that won. */
  readonly at: number;
}

async function contend(
  api: Cluster,
  at: ObjectPath,
  holder: string,
  lockForMs: number,
  context: RunContext,
): Promise<Won | { readonly held: LockHolder }> {
  const { clock } = context.host;
  const limit = { timeoutMs: acquireMs };
  for (;;) {
    if (clock.monotonic() >= context.deadline)
      throw new RotationFailure('transient', `${labelOf(at)} could not be taken within ${acquireMs / 1000} s`);
    const asked = clock.monotonic();
    const lease = await api.get(at, context, limit);
    try {
      if (!lease) {
        const object = { apiVersion: apiVersionOf(at.kind), kind: at.kind.kind, metadata: { name: at.name, namespace: at.namespace } };
        return won(await api.create(at, { ...object, spec: taken(api, holder, lockForMs, 0, context) }, context, limit), asked);
      }
      const { holderOf, expiresAt, since } = stateOf(lease);
      // An answer that was lost, and what it said happened.
      if (holderOf === holder && expiresAt > api.now(context)) return won(lease, asked);
      if (holderOf !== undefined && expiresAt > api.now(context)) return { held: { holder: holderOf, since, expiresAt } };
      const transitions = count(raw(lease.spec).leaseTransitions) + 1;
      const metadata = { resourceVersion: text(raw(lease.metadata).resourceVersion) };
      return won(await api.mergePatch(at, { metadata, spec: taken(api, holder, lockForMs, transitions, context) }, context, limit), asked);
    } catch (error) {
      // Somebody else was faster: look who.
      if (failureKind(error) !== 'conflict') throw error;
      await pause(20 + context.host.random() * 50, context.signal);
    }
  }
}

function won(lease: Raw, at: number): Won {
  return { epoch: count(raw(lease.spec).leaseTransitions) + 1, version: text(raw(lease.metadata).resourceVersion), at };
}

function taken(api: Cluster, holder: string, lockForMs: number, transitions: number, context: RunContext): object {
  const now = microTime(api.now(context));
  return {
    holderIdentity: holder,
    leaseDurationSeconds: Math.max(1, Math.ceil(lockForMs / 1000)),
    acquireTime: now,
    renewTime: now,
    leaseTransitions: transitions,
  };
}

function stateOf(lease: Raw): { readonly holderOf: string | undefined; readonly since: number; readonly expiresAt: number } {
  const spec = raw(lease.spec);
  return {
    holderOf: optionalText(spec.holderIdentity),
    since: time(spec.acquireTime),
    expiresAt: time(spec.renewTime) + count(spec.leaseDurationSeconds) * 1000,
  };
}

/** RFC 3339 with microseconds, as MicroTime wants it. */
function microTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}

/** A lock that was won, renewed at a third of its time. */
class Holding implements HeldLock {
  readonly epoch: number;
  readonly #lost = new AbortController();
  readonly #stop = new AbortController();
  readonly #api: Cluster;
  readonly #at: ObjectPath;
  readonly #holder: string;
  readonly #lockForMs: number;
  readonly #host: RunContext['host'];
  #version: string;
  /** Monotonic, ms: from then on somebody else may have it. */
  #validUntil: number;
  #renewing: Promise<void> = Promise.resolve();

  constructor(api: Cluster, at: ObjectPath, holder: string, lockForMs: number, won: Won, context: RunContext) {
    this.#api = api;
    this.#at = at;
    this.#holder = holder;
    this.#lockForMs = lockForMs;
    this.#host = context.host;
    this.epoch = won.epoch;
    this.#version = won.version;
    this.#validUntil = won.at + lockForMs;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  start(): this {
    this.#renewing = this.#renewOn();
    return this;
  }

  async release(): Promise<void> {
    this.#stop.abort();
    await this.#renewing;
    if (this.#lost.signal.aborted) return;
    try {
      // A context of its own: the run's may be over.
      const context = this.#context(acquireMs, new AbortController().signal);
      await this.#write({ holderIdentity: null, renewTime: microTime(this.#api.now(context)) }, context);
    } catch {
      // It expires by itself.
    }
  }

  async #renewOn(): Promise<void> {
    const third = this.#lockForMs / 3;
    let wait = third;
    for (;;) {
      await quietly(wait, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      const began = this.#host.clock.monotonic();
      const left = this.#validUntil - began;
      try {
        if (left <= 0) throw new RotationFailure('conflict', 'expired');
        const context = this.#context(Math.min(left, Math.max(third, 1000)), this.#stop.signal);
        await this.#write({ renewTime: microTime(this.#api.now(context)) }, context);
        this.#validUntil = began + this.#lockForMs;
        wait = third;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        const remaining = this.#validUntil - this.#host.clock.monotonic();
        if (failureKind(error) === 'conflict' || remaining <= 0) {
          this.#lost.abort();
          return;
        }
        // It may pass: again soon, while the lock is still ours.
        wait = Math.min(third / 4, remaining);
      }
    }
  }

  /** Throws `conflict` where the lock is somebody else's by now. */
  async #write(spec: object, context: RunContext): Promise<void> {
    for (let tried = 1; ; tried++) {
      try {
        const lease = await this.#api.mergePatch(this.#at, { metadata: { resourceVersion: this.#version }, spec }, context);
        this.#version = text(raw(lease.metadata).resourceVersion);
        return;
      } catch (error) {
        if (reasonOf(error) !== 'Conflict' || tried >= 3) throw error;
        // Our own write whose answer was lost, or somebody who put a label on it.
        const lease = await this.#api.get(this.#at, context);
        const isOurs = lease && stateOf(lease).holderOf === this.#holder && count(raw(lease.spec).leaseTransitions) + 1 === this.epoch;
        if (!isOurs) throw error;
        this.#version = text(raw(lease.metadata).resourceVersion);
      }
    }
  }

  #context(ms: number, signal: AbortSignal): RunContext {
    return { host: this.#host, signal, deadline: this.#host.clock.monotonic() + ms };
  }
}

/** As `pause`, without keeping the process alive. */
function quietly(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms).unref();
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
