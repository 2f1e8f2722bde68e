import type { FormatId } from '../sources/formats.ts';
import { formats } from '../sources/formats.ts';
import type { FileCursor } from '../sources/source.ts';
import { cursorFor, isUnchanged } from './cursor.ts';
import type { FoundFile } from './discover.ts';
import type { Task } from './pool.ts';
import { type ReadJob, settledAfterMs } from './read-file.ts';

/** A large file is read in parts of so many bytes, small ones are put together into tasks of about as many. */
const partBytes = 16 << 20;
/** Below it, threads cost more than they save. */
const worthThreads = 8 << 20;

export interface Plan {
  readonly tasks: readonly Task[];
  readonly unchanged: number;
  /** Whether the work is worth threads. */
  readonly parallel: boolean;
}

/** What of the found files is to be read, cut into tasks: the largest first, so that no thread is left with one at the end. */
export function planReading(
  files: readonly { readonly file: FoundFile; readonly format: FormatId | undefined }[],
  cursors: ReadonlyMap<string, readonly FileCursor[]>,
  now: number,
): Plan {
  const tasks: { jobs: ReadJob[]; bytes: number }[] = [];
  let open: { jobs: ReadJob[]; bytes: number } | undefined;
  let unchanged = 0;
  for (const { file, format } of files) {
    const isCurrent = (known: FileCursor): boolean => isUnchanged(known, file, now - file.mtimeMs >= settledAfterMs);
    const cursor = cursorFor(cursors.get(file.path) ?? [], format, isCurrent);
    if (cursor && isCurrent(cursor)) {
      unchanged++;
      continue;
    }
    const job: ReadJob = { path: file.path, format, cursor, now };
    if (cursor === undefined && format !== undefined && isDivisible(format) && file.size > 2 * partBytes) {
      tasks.push(...parts(job, file));
      continue;
    }
    const bytes = cursor && cursor.offset <= file.size ? file.size - cursor.offset : file.size;
    if (bytes >= partBytes) tasks.push({ jobs: [job], bytes });
    else {
      if (open === undefined || open.bytes + bytes > partBytes) {
        open = { jobs: [], bytes: 0 };
        tasks.push(open);
      }
      open.jobs.push(job);
      open.bytes += bytes;
    }
  }
  const total = tasks.reduce((sum, task) => sum + task.bytes, 0);
  return { tasks: tasks.sort((a, b) => b.bytes - a.bytes), unchanged, parallel: total >= worthThreads };
}

function isDivisible(format: FormatId): boolean {
  const { format: lines } = formats[format];
  return 'stateless' in lines && lines.stateless === true;
}

function parts(job: ReadJob, { dev, ino, size, mtimeMs }: FoundFile): { jobs: ReadJob[]; bytes: number }[] {
  const starts = Array.from({ length: Math.ceil(size / partBytes) }, (_, index) => index * partBytes);
  return starts.map((from) => ({
    jobs: [{ ...job, part: { dev, ino, size, mtimeMs, from, to: Math.min(size, from + partBytes), first: from === 0 } }],
    bytes: partBytes,
  }));
}
