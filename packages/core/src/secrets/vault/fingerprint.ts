import { createHmac, randomBytes } from 'node:crypto';
import { failureKind } from '../failure.ts';
import type { Fingerprint, KvPath, KvRead } from '../ports.ts';
import { SecretValue, wipeFields } from '../value.ts';
import { brokenRecord, type RecordsAt, recordPath } from './documents.ts';
import type { VaultKv } from './kv.ts';

/**
 * HMAC-SHA256 under a key of 32 random bytes at `<folder>/fingerprint-key`
 * (base64). Whoever comes first writes the key, the others use it; it is kept
 * until the session closes, and overwritten then.
 */
export function vaultFingerprint(kv: VaultKv, records: RecordsAt): Fingerprint {
  const at = recordPath(records, 'fingerprint-key');
  let key: Promise<SecretValue> | undefined;
  let closed = false;
  kv.onClose(() => {
    closed = true;
    key?.then(
      (kept) => kept.wipe(),
      () => undefined,
    );
    key = undefined;
  });
  return async (value) => {
    key ??= findKey(kv, at).catch((error: unknown) => {
      key = undefined;
      throw error;
    });
    const used = await key;
    const fingerprint = used.use((secret) => value.use((bytes) => createHmac('sha256', secret).update(bytes).digest('hex')));
    if (closed) used.wipe();
    return fingerprint;
  };
}

async function findKey(kv: VaultKv, at: KvPath): Promise<SecretValue> {
  const present = await kv.read(at);
  if (present) return decode(present, at);
  const bytes = randomBytes(32);
  const fields = new Map([['key', SecretValue.fromText(bytes.toString('base64'))]]);
  try {
    await kv.write(at, fields, 0);
    return SecretValue.own(bytes);
  } catch (error) {
    bytes.fill(0);
    // Somebody was first, or our own answer was lost: what is stored now is the key.
    const stored = failureKind(error) === undefined ? undefined : await kv.read(at);
    if (!stored) throw failureKind(error) === 'conflict' ? brokenRecord(at, 'was deleted', 'bring it back with: vault kv undelete') : error;
    return decode(stored, at);
  } finally {
    wipeFields(fields);
  }
}

function decode({ fields }: KvRead, at: KvPath): SecretValue {
  try {
    const bytes = Buffer.from(fields.get('key')?.text() ?? '', 'base64');
    if (bytes.length !== 32) throw brokenRecord(at, 'is no key of 32 bytes', 'look at it with: vault kv metadata get');
    return SecretValue.own(bytes);
  } finally {
    wipeFields(fields);
  }
}
