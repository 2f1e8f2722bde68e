import { RotationFailure } from '../../failure.ts';
import type { KvRead } from '../../ports.ts';
import { type SecretFields, SecretValue, wipeFields } from '../../value.ts';
import { audit } from '../audit.ts';
import { metadataFor, targetOf } from '../current.ts';
import { effect, type Run } from '../run-state.ts';
import { pendingValue } from './verify.ts';

/** Versions that must outlive the rotation: the old one, the new one, and the old one again after a way back. */
const neededVersions = 3;

/**
 * VERIFIED → PUBLISHED: the new version of the secret, by check-and-set on the
 * version that was there when the rotation was planned. Other fields are
 * carried over unchanged.
 */
export async function publish(run: Run): Promise<void> {
  const { keeper, parts } = run;
  const target = targetOf(parts);
  if (!target) {
    await keeper.advance('PUBLISHED');
    return;
  }
  await keeper.intend('publish');
  const metadata = await parts.kv.metadata(target);
  if ((metadata?.keptVersions ?? 0) < neededVersions) {
    // Where the mount's own setting was not seen, the key's is what counts for sure.
    await effect(run, 'keep versions', () => parts.kv.configure(target, { maxVersions: Math.max(10, metadata?.maxVersions ?? 0) }));
  }
  const { oldVersion, newKey } = keeper.journal;
  const value = await pendingValue(run);
  let version: number;
  try {
    version = (metadata?.currentVersion ?? 0) === oldVersion ? await write(run, value) : await adopt(run, metadata?.currentVersion ?? 0);
  } finally {
    value.wipe();
  }
  await effect(run, 'metadata', () =>
    parts.kv.configure(target, { customMetadata: metadataFor(version, keeper.journal.id, newKey, null) }),
  );
  await audit(run, 'published', `version ${version} of ${target.mount}/${target.path}`, version);
  await keeper.advance('PUBLISHED', { newVersion: version });
}

async function write(run: Run, value: SecretValue): Promise<number> {
  const { parts, keeper } = run;
  const target = targetOf(parts);
  if (!target) throw new RotationFailure('operator', 'there is no place to publish to');
  const { oldVersion, newKey } = keeper.journal;
  const old = oldVersion === 0 ? undefined : await parts.kv.read(target, oldVersion);
  try {
    const account = newKey?.account;
    const fields: SecretFields = new Map([
      ...(old?.fields ?? []),
      [target.field, value],
      ...(target.accountField !== undefined && account !== undefined
        ? ([[target.accountField, SecretValue.fromText(account)]] as const)
        : []),
    ]);
    return (await effect(run, 'publish', () => parts.kv.write(target, fields, oldVersion))).version;
  } finally {
    wipeFields(old?.fields);
  }
}

/** There is another version already: ours, if a crash came between the write and its record. */
async function adopt(run: Run, currentVersion: number): Promise<number> {
  const { parts, keeper } = run;
  const target = targetOf(parts);
  const { oldVersion, newFingerprint } = keeper.journal;
  const read = target && currentVersion === oldVersion + 1 ? await parts.kv.read(target, currentVersion) : undefined;
  try {
    if (read && target && (await isFingerprint(run, read, target.field, newFingerprint))) return currentVersion;
  } finally {
    wipeFields(read?.fields);
  }
  throw new RotationFailure(
    'conflict',
    `${target?.mount}/${target?.path} is at version ${currentVersion}, which this rotation did not write (it was planned on version ${oldVersion})`,
    { hint: 'find out who wrote it; agentops secrets rollback NAME withdraws the new value and leaves that version alone' },
  );
}

/** Whether a field of a version has that fingerprint. */
export async function isFingerprint(run: Run, read: KvRead, field: string, expected: string | null): Promise<boolean> {
  const value = read.fields.get(field);
  return value !== undefined && expected !== null && (await run.parts.fingerprint(value)) === expected;
}
