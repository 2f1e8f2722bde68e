import { isFinal, type RotationJournal, rotationJournal } from '../../model/rotation.ts';
import type { JournalStore, KvPath, KvStore } from '../ports.ts';
import { brokenRecord, type RecordsAt, recordPath, writeSurely } from './documents.ts';

/** Journals at `<folder>/rotations/<secret>/<run>`. */
export function vaultJournal(kv: KvStore, records: RecordsAt): JournalStore {
  const placeFor = (id: string): KvPath => recordPath(records, 'rotations', id);
  const list = async (secret: string): Promise<readonly string[]> => {
    const runs = await kv.list(placeFor(secret));
    return runs
      .filter((run) => !run.endsWith('/'))
      .sort()
      .map((run) => `${secret}/${run}`);
  };
  const read: JournalStore['read'] = async (id) => {
    const at = placeFor(id);
    const { version, document } = await kv.readDocument(at);
    return document === undefined ? undefined : { journal: parseJournal(at, document), version };
  };
  return {
    list,
    read,
    write: (journal, cas) => writeSurely(kv, placeFor(journal.id), rotationJournal.parse(journal), cas),
    prune: async (secret, keep) => {
      const newestFirst = (await list(secret)).toReversed();
      // Whatever is not known to be finished stays, the broken ones too.
      const finished: string[] = [];
      for (const id of newestFirst) {
        const { document } = await kv.readDocument(placeFor(id));
        const parsed = rotationJournal.safeParse(document);
        if (parsed.success && isFinal(parsed.data.state)) finished.push(id);
      }
      for (const id of finished.slice(keep)) await kv.remove(placeFor(id));
    },
  };
}

function parseJournal(at: KvPath, document: unknown): RotationJournal {
  const parsed = rotationJournal.safeParse(document);
  if (parsed.success) return parsed.data;
  const format = typeof document === 'object' && document !== null && 'format' in document ? document.format : undefined;
  if (typeof format === 'number' && format > 1) {
    throw brokenRecord(at, `was written by a newer agentops (format ${format})`, 'use that version, or look at it with: vault kv get');
  }
  // Where it is wrong, not what stands there.
  const field = parsed.error.issues[0]?.path.join('.') ?? '';
  throw brokenRecord(at, `is no journal of a rotation${field === '' ? '' : ` (${field})`}`);
}
