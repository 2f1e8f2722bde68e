import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type PackedBatch, unpackBatch, weightOf } from './pack.ts';
import { type Limits, type ReadBatch, type ReadJob, readFile } from './read-file.ts';
import type { FromWorker, ToWorker } from './worker.ts';

/** Files (or parts of one) that one worker reads one after another. */
export interface Task {
  readonly jobs: readonly ReadJob[];
}

export interface PoolOptions {
  /** The worker's entry; undefined: everything is read in this thread. */
  readonly workerUrl: URL | undefined;
  readonly threads: number;
  readonly limits: Limits;
  readonly signal: AbortSignal | undefined;
}

/** Called for each batch; batches of one job in order, those of several jobs as they come. */
export type OnBatch = (job: ReadJob, batch: ReadBatch) => Promise<void>;

/** Called when a job has given all its batches. */
export type OnDone = (job: ReadJob) => Promise<void>;

/** Reads all tasks, in the order given, by as many threads as there is work for. */
export async function runTasks(tasks: readonly Task[], options: PoolOptions, onBatch: OnBatch, onDone: OnDone): Promise<void> {
  if (options.workerUrl === undefined || tasks.length === 0) return runHere(tasks, options, onBatch, onDone);
  const url = options.workerUrl;
  const queue = tasks.values();
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const workers = Array.from({ length: Math.min(options.threads, tasks.length) }, () =>
    oneWorker(url, queue, options.limits, signal, onBatch, onDone),
  );
  try {
    await Promise.all(workers);
  } finally {
    // One that failed must not leave the others reading.
    stop.abort();
    await Promise.allSettled(workers);
  }
}

async function runHere(tasks: readonly Task[], { limits, signal }: PoolOptions, onBatch: OnBatch, onDone: OnDone): Promise<void> {
  for (const { jobs } of tasks) {
    for (const job of jobs) {
      for (const batch of readFile(job, limits)) {
        await onBatch(job, batch);
        await nextTurn();
        signal?.throwIfAborted();
      }
      await onDone(job);
    }
    signal?.throwIfAborted();
  }
}

/** A task at a worker, and how many of its jobs have given all their batches. */
interface Running {
  readonly jobs: readonly ReadJob[];
  finished: number;
}

function nextOf(queue: Iterator<Task>): Running | undefined {
  const { value, done } = queue.next();
  return done ? undefined : { jobs: value.jobs, finished: 0 };
}

/** What a thread makes lives for one batch: more room for it would only be more memory. */
const youngMegabytes = 6;

/** A worker's life: it takes tasks from the queue until there are none. */
async function oneWorker(
  url: URL,
  queue: Iterator<Task>,
  limits: Limits,
  signal: AbortSignal,
  onBatch: OnBatch,
  onDone: OnDone,
): Promise<void> {
  signal.throwIfAborted();
  const worker = new Worker(url, { stdout: false, stderr: false, resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes } });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  // Messages are worked off one at a time: the ledger takes batches of a file in order.
  let chain: Promise<void> = Promise.resolve();
  let reading = nextOf(queue);

  const finishBefore = async (task: Running, job: number): Promise<void> => {
    for (; task.finished < job; task.finished++) await onDone(task.jobs[task.finished] as ReadJob);
  };
  const take = async (task: Running, job: number, packed: PackedBatch): Promise<void> => {
    await finishBefore(task, job);
    await onBatch(task.jobs[job] as ReadJob, unpackBatch(packed));
    worker.postMessage({ type: 'granted', weight: weightOf(packed) } satisfies ToWorker);
  };

  worker.on('message', (message: FromWorker) => {
    const task = reading;
    if (task === undefined) return;
    if (message.type === 'batch') chain = chain.then(() => take(task, message.job, message.packed));
    else {
      chain = chain.then(() => finishBefore(task, task.jobs.length));
      // It reads on while what it has read is being written.
      reading = nextOf(queue);
      if (reading === undefined) chain = chain.then(resolve);
      else worker.postMessage({ type: 'read', jobs: reading.jobs, limits } satisfies ToWorker);
    }
    chain.catch(reject);
  });
  worker.on('error', reject);
  worker.on('exit', (code) => reject(new Error(`a reading thread ended early (exit code ${code})`)));
  if (reading === undefined) resolve();
  else worker.postMessage({ type: 'read', jobs: reading.jobs, limits } satisfies ToWorker);
  try {
    await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    await worker.terminate();
  }
}
