import { canonicalJson } from '../../model/audit-chain.ts';
import { failureKind, RotationFailure } from '../failure.ts';
import type { KvPath, KvStore } from '../ports.ts';
import { placeOf, segmentsOf } from './paths.ts';

/** Where records of rotations are kept. */
export interface RecordsAt {
  readonly mount: string;
  readonly folder: string;
}

/** `<folder>/<part>/<part>…`; every part is one segment, or for ids `secret/run` two. */
export function recordPath({ mount, folder }: RecordsAt, ...parts: readonly string[]): KvPath {
  return { mount, path: [...segmentsOf(folder), ...parts.flatMap(segmentsOf)].join('/') };
}

/**
 * Writes a document with check-and-set; where the answer was lost it reads
 * back: the very document in the very next version is ours. Throws what the
 * write threw where that cannot be told.
 */
export async function writeSurely(kv: KvStore, at: KvPath, document: object, cas: number): Promise<number> {
  try {
    return await kv.writeDocument(at, document, cas);
  } catch (error) {
    if (failureKind(error) !== 'transient') throw error;
    const found = await kv.readDocument(at).catch(() => undefined);
    if (found?.version === cas + 1 && canonicalJson(found.document) === canonicalJson(document)) return found.version;
    throw error;
  }
}

/** What is stored there is not what it should be, and is left as it is. */
export function brokenRecord(at: KvPath, why: string, hint = 'look at it with: vault kv get'): RotationFailure {
  return new RotationFailure('operator', `${placeOf(at)} ${why}`, { hint: `${hint} ${placeOf(at)}` });
}
