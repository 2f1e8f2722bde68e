import { auditHash, noPrevious } from '../../model/audit-chain.ts';
import { type AuditRecord, auditRecord } from '../../model/rotation.ts';
import { failureKind, RotationFailure } from '../failure.ts';
import type { AuditStore, KvPath, KvStore } from '../ports.ts';
import { brokenRecord, type RecordsAt, recordPath, writeSurely } from './documents.ts';

/** Records read at once. */
const atOnce = 8;
/** How often another process may have been first before an append gives up. */
const maxRaces = 64;

/** One key a record, at `<folder>/audit/<secret>/<seq>`, each written only where none was before. */
export function vaultAudit(kv: KvStore, records: RecordsAt): AuditStore {
  const placeFor = (secret: string, seq: number): KvPath => recordPath(records, 'audit', secret, String(seq).padStart(8, '0'));
  const sequence = async (secret: string): Promise<readonly number[]> => {
    const names = await kv.list(recordPath(records, 'audit', secret));
    return names
      .filter((name) => /^\d{8,}$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  };
  const readOne = async (secret: string, seq: number): Promise<AuditRecord | undefined> => {
    const at = placeFor(secret, seq);
    const { document } = await kv.readDocument(at);
    if (document === undefined) return undefined;
    const parsed = auditRecord.safeParse(document);
    if (!parsed.success) throw brokenRecord(at, `is no audit record (${parsed.error.issues[0]?.path.join('.') ?? ''})`);
    return parsed.data;
  };
  const present = async (secret: string, seq: number): Promise<AuditRecord> =>
    (await readOne(secret, seq)) ?? deleted(placeFor(secret, seq));

  return {
    append: async (record) => {
      const { secret } = record;
      const last = (await sequence(secret)).at(-1);
      let head = last === undefined ? undefined : await present(secret, last);
      for (let race = 0; race < maxRaces; race++) {
        const seq = (head?.seq ?? 0) + 1;
        const unsigned = { ...record, seq, previous: head?.hash ?? noPrevious };
        const complete = auditRecord.parse({ ...unsigned, hash: auditHash(unsigned) });
        try {
          await writeSurely(kv, placeFor(secret, seq), complete, 0);
          return complete;
        } catch (error) {
          const kind = failureKind(error);
          if (kind !== 'conflict' && kind !== 'transient') throw error;
          // To write where something is takes the capability "update", which an append-only policy withholds: then
          // Vault refuses before it compares versions.
          const there = kind === 'conflict' ? await present(secret, seq) : await readOne(secret, seq).catch(() => undefined);
          if (!there) throw error;
          if (there.hash === complete.hash) return complete;
          head = there;
        }
      }
      throw new RotationFailure('transient', `the audit trail of ${secret} is written by too many at once`);
    },
    read: async (secret) => {
      const all = await sequence(secret);
      const found: AuditRecord[] = [];
      for (let start = 0; start < all.length; start += atOnce) {
        const part = await Promise.all(all.slice(start, start + atOnce).map((seq) => readOne(secret, seq)));
        found.push(...part.filter((record) => record !== undefined));
      }
      return found;
    },
  };
}

/** Its number is used up: the chain cannot go on after it. */
function deleted(at: KvPath): never {
  throw brokenRecord(at, 'was deleted: the audit trail is broken there', 'bring it back with: vault kv undelete -versions=1');
}
