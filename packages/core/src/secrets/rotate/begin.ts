import type { IssuerKey, RotationJournal } from '../../model/rotation.ts';
import { RotationFailure } from '../failure.ts';
import type { RotationParts } from '../parts.ts';
import type { Issuer, RunContext } from '../ports.ts';
import { wipeFields } from '../value.ts';
import { presentOf, targetOf } from './current.ts';
import { newestJournal } from './keeper.ts';
import { rotationId } from './names.ts';
import { reached } from './reached.ts';
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
  if (present.version === 0) await refuseUnknownValues(parts, context);
  await refuseAfterAbandoned(parts, present.version, context);
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
    remarks: [],
    history: [
      { state: 'PLANNED', at, ms: 0 },
      { state: 'LOCKED', at, ms: 0 },
    ],
  };
}

/** A copy that is changed in place would be overwritten, and its value is nowhere else: there would be no way back. */
async function refuseUnknownValues(parts: RotationParts, context: RunContext): Promise<void> {
  for (const consumer of parts.consumers.filter(({ inPlace }) => inPlace)) {
    const { from } = await consumer.record(1, context);
    if (from === null) continue;
    throw new RotationFailure('operator', `${consumer.id} has a value already, and Vault has none to go back to`, {
      hint: `store it first: agentops secrets store ${parts.entry.name}`,
    });
  }
}

/** What was abandoned half-way may have left consumers with another value than Vault: rotating could cut them off. */
async function refuseAfterAbandoned(parts: RotationParts, version: number, context: RunContext): Promise<void> {
  const newest = await newestJournal(parts.journal, parts.entry.name);
  const target = targetOf(parts);
  if (newest?.journal.state !== 'ABANDONED' || !reached(newest.journal, 'PUBLISHED') || !target || version === 0) return;
  const read = await parts.kv.read(target, version);
  try {
    for (const consumer of read ? parts.consumers : []) {
      const { holds, detail } = await consumer.holds(read?.fields ?? new Map(), context);
      if (holds === 'yes') continue;
      throw new RotationFailure(
        'operator',
        `the last rotation was abandoned, and ${consumer.id} is not seen to hold version ${version}: ${detail}`,
        {
          hint: `agentops secrets verify ${parts.entry.name}; agentops secrets get … --to-kubernetes brings it there`,
        },
      );
    }
  } finally {
    wipeFields(read?.fields);
  }
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
