import type { FormatId } from '../../../packages/core/src/cost/sources/formats.ts';
import { formats } from '../../../packages/core/src/cost/sources/formats.ts';
import type { UsageRecord } from '../../../packages/core/src/model/usage.ts';

export interface Read {
  readonly records: readonly UsageRecord[];
  readonly rejects: readonly string[];
  /** Lines, or parts of documents, without usage. */
  readonly empty: number;
}

/** Reads lines (objects are written as JSON) by a line format, one after another; rejects as `reason: detail`. */
export function readLines(
  id: FormatId,
  lines: readonly unknown[],
  file: { path: string; agentName?: string } = { path: '/logs/a.jsonl' },
): Read {
  const entry = formats[id];
  if (entry.rows !== 'lines') throw new Error(`${id} is no line format`);
  let state: unknown = entry.format.start(file);
  const records: UsageRecord[] = [];
  const rejects: string[] = [];
  let empty = 0;
  for (const line of lines) {
    const bytes = Buffer.isBuffer(line) ? line : Buffer.from(typeof line === 'string' ? line : JSON.stringify(line));
    if (!entry.format.mayMatter(bytes)) {
      empty++;
      continue;
    }
    const result = entry.format.read(bytes, state, file);
    // What a cursor keeps: the state must survive it.
    state = result.state === undefined ? undefined : JSON.parse(JSON.stringify(result.state));
    if (result.kind === 'record') records.push(result.record);
    else if (result.kind === 'reject') rejects.push(`${result.reason}: ${result.detail}`);
    else empty++;
  }
  return { records, rejects, empty };
}

/** Reads documents one after another by a document format. */
export function readDocuments(id: FormatId, documents: readonly unknown[]): Read {
  const entry = formats[id];
  if (entry.rows !== 'documents') throw new Error(`${id} is no document format`);
  let state: unknown = entry.format.start({ path: '/exports/a.json' });
  const records: UsageRecord[] = [];
  const rejects: string[] = [];
  let empty = 0;
  for (const document of documents) {
    const result = entry.format.read(document, state, { path: '/exports/a.json' });
    state = result.state === undefined ? undefined : JSON.parse(JSON.stringify(result.state));
    records.push(...result.records);
    rejects.push(...result.rejects.map(({ reason, detail }) => `${reason}: ${detail}`));
    empty += result.empty;
  }
  return { records, rejects, empty };
}
