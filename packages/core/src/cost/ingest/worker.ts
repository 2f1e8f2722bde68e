import { parentPort } from 'node:worker_threads';
import { buffersOf, type PackedBatch, packBatch, weightOf } from './pack.ts';
import { type Limits, type ReadJob, readFile } from './read-file.ts';

/** To a worker: files to read; or leave to send as many more records. */
export type ToWorker =
  | { readonly type: 'read'; readonly jobs: readonly ReadJob[]; readonly limits: Limits }
  | { readonly type: 'granted'; readonly weight: number };

/** From a worker. `job` counts within the jobs that were asked for. */
export type FromWorker = { readonly type: 'batch'; readonly job: number; readonly packed: PackedBatch } | { readonly type: 'done' };

/** Records that may be on their way at once: memory is bounded even when the ledger is slower than the disk. */
const recordsInFlight = 12_288;

/**
 * Entry of a worker thread. It is started by the URL that the caller of
 * `ingest` gives, since only the caller knows where it was bundled to.
 */
function serve(port: NonNullable<typeof parentPort>): void {
  let leave = recordsInFlight;
  let granted: (() => void) | undefined;

  const read = async (jobs: readonly ReadJob[], limits: Limits): Promise<void> => {
    for (const [job, file] of jobs.entries()) {
      for (const batch of readFile(file, limits)) {
        while (leave <= 0) await new Promise<void>((resolve) => (granted = resolve));
        const packed = packBatch(batch);
        leave -= weightOf(packed);
        port.postMessage({ type: 'batch', job, packed } satisfies FromWorker, buffersOf(packed));
      }
    }
    port.postMessage({ type: 'done' } satisfies FromWorker);
  };

  port.on('message', (message: ToWorker) => {
    if (message.type === 'granted') {
      leave += message.weight;
      granted?.();
      granted = undefined;
    } else {
      // A failure of ours, not of a file: it ends the worker, and the pool says so.
      read(message.jobs, message.limits).catch((error: unknown) => {
        setImmediate(() => {
          throw error;
        });
      });
    }
  });
}

if (parentPort) serve(parentPort);
