import { secretReferences } from '../../packages/core/src/secrets/kubernetes/references.ts';
import { playRollouts } from '../../packages/lab/src/kubernetes/rollouts/index.ts';
import type { ObjectStore } from '../../packages/lab/src/kubernetes/store.ts';

/** The lab's controllers in a hurry, and pods that crash on demand. */
export class LabControllers {
  readonly #rollouts: { stop(): void };
  readonly #crashing = new Set<string>();

  constructor(store: ObjectStore) {
    this.#rollouts = playRollouts(store, {
      everyMs: 40,
      startMs: 0,
      crashes: ({ metadata, spec }) => secretReferences(spec).some(({ name }) => this.#crashing.has(`${metadata.namespace}/${name}`)),
    });
  }

  stop(): void {
    this.#rollouts.stop();
  }

  /** Pods that name this Secret crash from now on. */
  crash(namespace: string, secret: string): () => void {
    const key = `${namespace}/${secret}`;
    this.#crashing.add(key);
    return () => this.#crashing.delete(key);
  }
}
