import { availableParallelism } from 'node:os';
import type { Host } from '../../host.ts';
import type { Reject, RejectReason } from '../../model/usage.ts';
import type { FormatId } from '../sources/formats.ts';
import type { SourceCounts } from '../sources/source.ts';
import { discover, type FoundFile } from './discover.ts';
import { PartsInOrder } from './parts.ts';
import { planReading } from './plan.ts';
import { runTasks } from './pool.ts';
import { defaultLimits, type Limits, type ReadBatch, type ReadJob } from './read-file.ts';
import { readStream } from './read-stream.ts';
import type { FileSource, IngestSource, StreamSource } from './sources.ts';
import { LedgerWriter, type UsageStore } from './writer.ts';

export interface IngestIo {
  readonly host: Host;
  readonly signal?: AbortSignal;
  /** Entry of the worker threads (`worker.ts` or its bundle); without it everything is read in this thread. */
  readonly workerUrl?: URL;
  /** Most threads; default the cores, at most 4. */
  readonly threads?: number;
  readonly limits?: Partial<Limits>;
}

export interface IngestReport {
  /** lines = counted + duplicate + rejected + empty, by source and format. */
  readonly sources: readonly SourceCounts[];
  /** The first ones; `rejectedBy` counts all. */
  readonly rejects: readonly Reject[];
  readonly rejectedBy: Readonly<Partial<Record<RejectReason, number>>>;
  /** Unfinished last lines, left for a later run. */
  readonly pending: readonly { readonly source: string; readonly bytes: number }[];
  readonly files: { readonly found: number; readonly unchanged: number; readonly read: number };
}

/**
 * Reads what is new in the sources into the ledger. Records and the cursor that
 * says they were read are written at once, so that a run may be killed at any
 * time, and any number of runs may go on at once. Nothing is thrown for a
 * source that cannot be read: that is a reject.
 */
export async function ingest(sources: readonly IngestSource[], ledger: UsageStore, io: IngestIo): Promise<IngestReport> {
  const limits = { ...defaultLimits, ...io.limits };
  const writer = new LedgerWriter(ledger);
  const files = await readFiles(
    sources.filter((source) => source.type === 'files'),
    ledger,
    writer,
    io,
    limits,
  );
  for (const source of sources) if (source.type === 'stream') await readOne(source, writer, io, limits);
  await writer.flush();
  return { ...writer.report(), files };
}

interface Owned {
  readonly file: FoundFile;
  readonly source: FileSource;
}

async function readFiles(
  sources: readonly FileSource[],
  ledger: UsageStore,
  writer: LedgerWriter,
  io: IngestIo,
  limits: Limits,
): Promise<IngestReport['files']> {
  const { host, signal } = io;
  const owners = new Map<string, Owned>();
  for (const source of sources) {
    const found = discover(source.patterns, { home: host.home, cwd: host.cwd, optional: source.optional ?? false });
    if (found.rejects.length > 0) await writer.add(source.name, nothingRead(source.format, found.rejects));
    // The first source that names a file has it.
    for (const file of found.files) if (!owners.has(file.path)) owners.set(file.path, { file, source });
  }
  const owned = [...owners.values()];
  const cursors = Map.groupBy(owned.length === 0 ? [] : await ledger.cursors(), (cursor) => cursor.path);
  const plan = planReading(
    owned.map(({ file, source }) => ({ file, format: source.format })),
    cursors,
    host.clock.now(),
  );
  const read = owned.length - plan.unchanged;
  if (read > 0) host.progress.update(`usage in ${read} ${read === 1 ? 'file' : 'files'}`);

  const parts = new PartsInOrder((job, batch) => writer.add(owners.get(job.path)?.source.name ?? job.path, batch, job.path));
  await runTasks(
    plan.tasks,
    {
      workerUrl: plan.parallel ? io.workerUrl : undefined,
      threads: io.threads ?? Math.min(availableParallelism(), 4),
      limits,
      signal,
    },
    (job: ReadJob, batch: ReadBatch) => parts.batch(job, batch),
    (job: ReadJob) => parts.done(job),
  );
  return { found: owned.length, unchanged: plan.unchanged, read };
}

async function readOne(source: StreamSource, writer: LedgerWriter, { host, signal }: IngestIo, limits: Limits): Promise<void> {
  host.progress.update(`usage in ${source.name}`);
  for await (const batch of readStream(source.name, source.stream, source.format, limits)) {
    await writer.add(source.name, batch, source.name);
    signal?.throwIfAborted();
  }
}

/** Each thing that could not be read counts as one line, rejected. */
function nothingRead(format: FormatId | undefined, rejects: readonly Reject[]): ReadBatch {
  return { format, records: [], rejects, lines: rejects.length, empty: 0, restart: false, begin: 0, end: 0, pending: 0 };
}
