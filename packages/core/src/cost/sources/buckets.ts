import type { UsageRecord } from '../../model/usage.ts';
import { type Fields, isFields, Malformed } from './fields.ts';
import type { DocumentResult } from './source.ts';

export interface BucketPart {
  readonly part: Fields;
  /** The bucket around it; empty for a part that stands alone. */
  readonly bucket: Fields;
}

/** The results of buckets, whether a document is one result, one bucket, a page (`data`) or an array of these. */
export function bucketParts(document: unknown, bucket: Fields = {}): (BucketPart | undefined)[] {
  if (Array.isArray(document)) return document.flatMap((inner) => bucketParts(inner, bucket));
  if (!isFields(document)) return [undefined];
  if (Array.isArray(document.data)) return bucketParts(document.data, bucket);
  if (Array.isArray(document.results)) return bucketParts(document.results, document);
  return [{ part: document, bucket }];
}

/** Reads each part on its own: one that is malformed does not take the others with it. */
export function eachPart<Part, State>(
  parts: readonly (Part | undefined)[],
  state: State,
  read: (part: Part) => readonly UsageRecord[],
): DocumentResult<State> {
  const records: UsageRecord[] = [];
  const rejects: DocumentResult<State>['rejects'][number][] = [];
  let empty = 0;
  for (const part of parts) {
    if (part === undefined) {
      rejects.push({ reason: 'unknown-shape', detail: 'not an object' });
      continue;
    }
    try {
      const found = read(part);
      if (found.length === 0) empty++;
      records.push(...found);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      rejects.push({ reason: error.reason, detail: error.message });
    }
  }
  return { records, rejects, empty, state };
}
