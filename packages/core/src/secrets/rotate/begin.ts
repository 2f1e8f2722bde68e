import type { IssuerKey, RotationJournal } from '../../model/rotation.ts';
import { RotationFailure } from '../failure.ts';
import type { RotationParts } from '../parts.ts';
import type { Issuer, RunContext } from '../ports.ts';
import { wipeFields } from '../value.ts';
import { presentOf, targetOf } from './current.ts';
import { rotationId } from './names.ts';
import { iso, type RotateOptions } from './run-state.ts';

/** A new rotation's journal: what was there before anything is changed. Not written yet. */
export async function newJournal(
  parts: RotationParts,
  issuer: Issuer,
  options: RotateOptions,
  holder: { readonly holder: string; readonly epoch: number },
  context: RunContext,
): Promise<RotationJournal> {
  const { entry } = parts;
  const now = context.host.clock.now();
  const target = targetOf(parts);
  const present = presentOf(target && (await parts.kv.metadata(target)));
  if (options.plannedVersion !== undefined && options.plannedVersion !== present.version) {
    throw new RotationFailure(
      'operator',
      `${entry.name} is at version ${present.version} now, the plan was made for version ${options.plannedVersion}`,
      { hint: 'look at the plan again' },
    );
  }
  const old = await oldValueOf(parts, present.version);
  const earlier = (await parts.journal.list(entry.name)).at(-1);
  const at = iso(now);
  return {
    format: 1,
    id: rotationId(entry.name, now, earlier),
    secret: entry.name,
    state: 'LOCKED',
    intent: null,
    epoch: holder.epoch,
    holder: holder.holder,
    by: options.by,
    startedAt: at,
    updatedAt: at,
    target: target ? { mount: target.mount, path: target.path, field: target.field } : null,
    issuer: issuer.type,
    oldVersion: present.version,
    newVersion: null,
    restoredVersion: null,
    oldCreatedAt: present.since === undefined ? null : iso(present.since),
    oldKey: present.key ?? old.key ?? issuer.presentKey ?? null,
    newKey: null,
    oldFingerprint: old.fingerprint,
    newFingerprint: null,
    consumers: [],
    acceptDowntime: options.acceptDowntime,
    overlapMs: entry.overlap,
    graceUntil: null,
    revoke: null,
    failure: null,
    operator: null,
    history: [
      { state: 'PLANNED', at, ms: 0 },
      { state: 'LOCKED', at, ms: 0 },
    ],
  };
}

/** Fingerprint of the value that serves, and the account that stands beside it. */
async function oldValueOf(
  parts: RotationParts,
  version: number,
): Promise<{ readonly fingerprint: string | null; readonly key: IssuerKey | null }> {
  const target = targetOf(parts);
  const read = target && version > 0 ? await parts.kv.read(target, version) : undefined;
  try {
    const value = read?.fields.get(target?.field ?? '');
    const account = target?.accountField === undefined ? undefined : read?.fields.get(target.accountField)?.text();
    return { fingerprint: value ? await parts.fingerprint(value) : null, key: account ? { account } : null };
  } finally {
    wipeFields(read?.fields);
  }
}
