import type { IssuerKey } from '../../model/rotation.ts';
import { RotationFailure } from '../failure.ts';
import type { KvRead } from '../ports.ts';
import { type SecretValue, wipeFields } from '../value.ts';
import { audit } from './audit.ts';
import { batchesOf, rollBatches } from './batches.ts';
import { recorded, withFields } from './consumers.ts';
import { metadataFor, targetOf } from './current.ts';
import { issueNames } from './names.ts';
import { notRefused, unproven } from './proof.ts';
import { reached, whyNoWayBack } from './reached.ts';
import { effect, type Run } from './run-state.ts';
import { isFingerprint } from './steps/publish.ts';
import { verdictOn } from './steps/verify.ts';

/** All went back, and what is left is to be removed. */
const tidyUp = 'tidy up';

/**
 * The way back: the old reference, the old value as a new version, then the new
 * value ends. In this order both values are accepted for as long as anybody may
 * use either. Each part may be done again after a crash anywhere in it.
 */
export async function rollBack(run: Run): Promise<void> {
  const { keeper, parts, issuer } = run;
  const why = whyNoWayBack(keeper.journal, issuer);
  if (why !== undefined) throw new RotationFailure('operator', `there is no way back: ${why}`);
  if (keeper.journal.intent !== tidyUp) await oldMustLive(run);
  if (keeper.journal.state !== 'ROLLING_BACK') {
    await keeper.advance('ROLLING_BACK', { operator: null, intent: keeper.journal.intent });
  }
  run.event('rollback', 'started', keeper.journal.failure?.reason ?? 'asked for');
  if (keeper.journal.intent !== tidyUp) {
    await serveOldAgain(run);
    await consumersBack(run);
    await publishOld(run);
    await endNew(run);
    // From here on the new value is not needed any more, and cannot be tried again once it is removed.
    await keeper.intend(tidyUp);
  }
  await effect(run, 'remove pending', () => parts.pending.remove(keeper.journal.id));
  const remarks = keeper.journal.remarks.map((remark) => `; ${remark}`).join('');
  await audit(run, 'rolled-back', `${keeper.journal.failure?.reason ?? 'asked for'}${remarks}`, keeper.journal.restoredVersion);
  await keeper.advance('ROLLED_BACK');
  run.event('rollback', 'done', remarks === '' ? 'the old value serves again' : remarks.slice(2));
}

/** Nobody goes back to a value that may be revoked: once that was begun, it must be seen that the old one is still accepted. */
export async function oldMustLive(run: Run): Promise<void> {
  const { keeper, issuer, context, parts } = run;
  const { journal } = keeper;
  if (journal.revoke?.begun !== true || journal.oldVersion === 0) return;
  await withFields(run, journal.oldVersion, async (change) => {
    const value = change.fields.get(parts.entry.vault?.field ?? '');
    if (!value) throw new RotationFailure('operator', `version ${journal.oldVersion} of the secret has not the old value any more`);
    const credential = { key: journal.oldKey ?? {}, value };
    if (issuer.enable) await effect(run, 'enable the old value', async () => issuer.enable?.(credential, context));
    const verdict = await verdictOn(parts, issuer, credential, context);
    if (verdict.accepted === true) return;
    if (verdict.accepted === false) throw new RotationFailure('operator', 'there is no way back: the old value is revoked already');
    throw new RotationFailure('transient', `there is no safe way back: revoking the old value was begun, and ${verdict.detail}`);
  });
}

/** The issuer must accept the old value before anybody goes back to it. */
async function serveOldAgain(run: Run): Promise<void> {
  const { issuer, keeper, context, parts } = run;
  const { journal } = keeper;
  if (journal.oldVersion === 0) return;
  const mustSet = issuer.live === 'one' && issuer.origin === 'ours' && reached(journal, 'STAGED');
  if (!mustSet) return;
  await refuseForeign(run);
  await withFields(run, journal.oldVersion, async (change) => {
    const value = change.fields.get(parts.entry.vault?.field ?? '');
    if (!value) throw new RotationFailure('operator', `version ${journal.oldVersion} of the secret has not the old value any more`);
    await effect(run, 'set the old value', () => issuer.issue({ ...issueNames(journal), value, current: journal.newKey }, context));
  });
}

/** With one live value, setting the old one ends whatever serves now: that must not be somebody else's. */
async function refuseForeign(run: Run): Promise<void> {
  const { keeper, parts } = run;
  const target = targetOf(parts);
  const read = target && (await parts.kv.read(target));
  try {
    const { oldFingerprint, newFingerprint } = keeper.journal;
    if (!read || !target) return;
    if (await isFingerprint(run, read, target.field, newFingerprint)) return;
    if (await isFingerprint(run, read, target.field, oldFingerprint)) return;
    throw new RotationFailure('operator', `version ${read.version} was written by somebody else: setting the old value would end it`);
  } finally {
    wipeFields(read?.fields);
  }
}

async function consumersBack(run: Run): Promise<void> {
  const { keeper, parts, context } = run;
  const { id, oldVersion, newVersion, consumers } = keeper.journal;
  if (consumers.length === 0 || newVersion === null) return;
  const all = recorded(parts, consumers);
  const workloads = all.flatMap(({ consumer, record }) => consumer.workloads(record, { rotation: id, version: newVersion }, context));
  const back = async (): Promise<void> => {
    // Last in, first out: what is restarting, or cannot, is in the batch that was begun last.
    await rollBatches(run, batchesOf(workloads, parts.entry.batch).toReversed(), {
      name: 'restore',
      step: 'rollback',
      change: (workload) => workload.restore(),
      stoppable: false,
    });
  };
  if (oldVersion === 0) {
    // There was nothing before: what was made in its place goes.
    const nothing = { rotation: id, version: 0, fields: new Map(), source: '' };
    for (const { consumer, record } of all.filter((each) => each.consumer.inPlace && each.record.from === null)) {
      await effect(run, `unsync ${consumer.id}`, () => consumer.unsync(record, nothing, context));
    }
    await back();
    return;
  }
  await withFields(run, oldVersion, async (change) => {
    const undo = async (inPlace: boolean): Promise<void> => {
      for (const { consumer, record } of all.filter((each) => each.consumer.inPlace === inPlace)) {
        await effect(run, `unsync ${consumer.id}`, () => consumer.unsync(record, change, context));
      }
    };
    // Where the copy itself was changed, pods that restart must find the old value in it.
    await undo(true);
    await back();
    await undo(false);
  });
}

/** The old value as a new version, so that whoever reads the latest gets it. */
async function publishOld(run: Run): Promise<void> {
  const { keeper, parts } = run;
  const target = targetOf(parts);
  const { oldVersion, oldKey, oldFingerprint, oldCreatedAt, newFingerprint, restoredVersion, id } = keeper.journal;
  if (!target || restoredVersion !== null) return;
  const current = (await parts.kv.metadata(target))?.currentVersion ?? 0;
  if (current === oldVersion) return;
  const read = await parts.kv.read(target, current);
  try {
    const isNew = read !== undefined && (await isFingerprint(run, read, target.field, newFingerprint));
    const isOld = read !== undefined && (await isFingerprint(run, read, target.field, oldFingerprint));
    if (!isNew && !isOld) {
      // Not ours to replace; it serves, and the new value of ours ends all the same.
      await remark(run, `version ${current} was not written by this rotation and serves: look at it`);
      return;
    }
    if (oldVersion === 0) {
      if (current !== 1) {
        throw new RotationFailure(
          'operator',
          `version ${current} was written by somebody else and holds the new value: take it out by hand`,
        );
      }
      // There was nothing before, so there is nothing again.
      await effect(run, 'publish old', () => parts.kv.remove(target));
      return;
    }
    const version = isOld || !read ? current : await writeOld(run, read);
    await effect(run, 'metadata', () => parts.kv.configure(target, { customMetadata: metadataFor(version, id, oldKey, oldCreatedAt) }));
    await keeper.note({ restoredVersion: version });
  } finally {
    wipeFields(read?.fields);
  }
}

/** Only what the rotation changed goes back: other fields may have been edited since. */
async function writeOld(run: Run, current: KvRead): Promise<number> {
  const target = targetOf(run.parts);
  return withFields(run, run.keeper.journal.oldVersion, async ({ fields: old }) => {
    if (!target) throw new RotationFailure('operator', 'there is no place to publish to');
    const fields = new Map(current.fields);
    for (const name of [target.field, target.accountField]) {
      const value = name === undefined ? undefined : old.get(name);
      if (name !== undefined && value) fields.set(name, value);
    }
    const { version } = await effect(run, 'publish old', () => run.parts.kv.write(target, fields, current.version));
    return version;
  });
}

async function remark(run: Run, text: string): Promise<void> {
  const { remarks } = run.keeper.journal;
  if (!remarks.includes(text)) await run.keeper.note({ remarks: [...remarks, text] });
}

/** The new value ends, once nothing refers to it. */
async function endNew(run: Run): Promise<void> {
  const { keeper, parts, issuer, context } = run;
  const { journal } = keeper;
  const users = await Promise.all(
    recorded(parts, journal.consumers).map(({ consumer, record }) => consumer.stillOn(record, 'to', context)),
  );
  const still = users.flat();
  if (still.length > 0) {
    throw new RotationFailure('transient', `the new value is still in use by ${still.slice(0, 5).join(', ')}`, {
      hint: `agentops secrets rollback ${journal.secret} goes on once they are gone`,
    });
  }
  const pending = await parts.pending.read(journal.id);
  try {
    // One live value: `serveOldAgain` has ended the new one by setting the old one.
    const touched = journal.newKey !== null || pending !== undefined || journal.intent === 'issue' || reached(journal, 'STAGED');
    if (touched && issuer.origin !== 'inside' && issuer.live === 'both') await revokeNew(run, pending?.value);
  } finally {
    pending?.value.wipe();
  }
  for (const { consumer, record } of recorded(parts, journal.consumers)) {
    await effect(run, `clean up ${consumer.id}`, () => consumer.cleanUp(record, 'to', context));
  }
}

async function revokeNew(run: Run, value: SecretValue | undefined): Promise<void> {
  const { keeper, issuer, context } = run;
  const { newKey, oldKey } = keeper.journal;
  const found = (await issuer.find?.(issueNames(keeper.journal).namePrefix, context)) ?? [];
  const keys = [...(newKey ? [newKey] : []), ...found.filter((key) => !newKey || !isSameKey(key, newKey))];
  for (const key of keys) {
    // Never the key that serves, whatever a list of names says.
    if (oldKey && key.id !== undefined && key.id === oldKey.id) continue;
    const { result, detail } = await effect(run, 'revoke new', () => notRefused(() => issuer.revoke({ key, value }, context)));
    // Only of the one that was recorded the value is known; of what a crash left nobody knows it.
    const open = await unproven(run, result, key === newKey && value ? { key, value } : undefined);
    if (open === undefined) continue;
    if (result !== 'manual') throw new RotationFailure('transient', `the new value: ${detail}; ${open}`);
    throw new RotationFailure('operator', `the new value has to be revoked by hand: ${detail}`, {
      hint: `then: agentops secrets resume ${keeper.journal.secret} --revoked`,
    });
  }
}

/** The same credential, by whatever its issuer tells of it. */
function isSameKey(a: IssuerKey, b: IssuerKey): boolean {
  return (['id', 'parent', 'name'] as const).some((field) => a[field] !== undefined && a[field] === b[field]);
}
