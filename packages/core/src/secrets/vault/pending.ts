import { issuerKey } from '../../model/rotation.ts';
import type { KvPath, KvStore, PendingStore } from '../ports.ts';
import { SecretValue, wipeFields } from '../value.ts';
import { brokenRecord, type RecordsAt, recordPath } from './documents.ts';
import { placeOf } from './paths.ts';

/** New values that nobody uses yet, at `<folder>/pending/<secret>/<run>`: fields `value` and `key` (JSON, not secret). */
export function vaultPending(kv: KvStore, records: RecordsAt): PendingStore {
  const placeFor = (id: string): KvPath => recordPath(records, 'pending', id);
  return {
    description: (secret) => placeOf(placeFor(secret)),
    read: async (id) => {
      const at = placeFor(id);
      const found = await kv.read(at);
      if (!found) return undefined;
      try {
        const value = found.fields.get('value');
        const key = issuerKey.safeParse(parse(found.fields.get('key')?.text() ?? ''));
        if (!value || !key.success) throw brokenRecord(at, 'is no pending value', 'look at it with: vault kv metadata get');
        return { value: value.copy(), key: key.data, version: found.version };
      } finally {
        wipeFields(found.fields);
      }
    },
    write: async (id, value, key, cas) => {
      const fields = new Map([
        ['value', value],
        ['key', SecretValue.fromText(JSON.stringify(issuerKey.parse(key)))],
      ]);
      return (await kv.write(placeFor(id), fields, cas)).version;
    },
    remove: (id) => kv.remove(placeFor(id)),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
