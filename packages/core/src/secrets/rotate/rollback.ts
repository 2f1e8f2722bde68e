import type { RotationJournal, RotationState } from '../../model/rotation.ts';
import { RotationFailure } from '../failure.ts';
import { wipeFields } from '../value.ts';
import { audit } from './audit.ts';
import { batchesOf, rollBatches } from './batches.ts';
import { recorded, withFields } from './consumers.ts';
import { metadataFor, targetOf } from './current.ts';
import { issueNames } from './names.ts';
import { effect, type Run } from './run-state.ts';
import { isFingerprint } from './steps/publish.ts';
import { verdictOn } from './steps/verify.ts';

/** Why there is no way back any more; undefined: there is one. */
export function whyNoWayBack(journal: RotationJournal, issuer: Run['issuer']): string | undefined {
  if (journal.state === 'REVOKED' || journal.state === 'DONE') return 'the old value is revoked';
  if (journal.state === 'ROLLED_BACK') return 'it is rolled back already';
  if (journal.state === 'ABANDONED') return 'it was abandoned';
  const issued = reached(journal, 'ISSUED') || journal.intent === 'issue';
  if (issued && issuer.origin === 'inside') return 'the new value never leaves Vault and has replaced the old one';
  if (issued && issuer.live === 'one' && issuer.origin !== 'ours')
    return 'the issuer has one live value and made it itself: the old one is gone';
  return undefined;
}

/** Whether a state was reached, whatever came after it. */
export function reached(journal: RotationJournal, state: RotationState): boolean {
  return journal.history.some((entry) => entry.state === state);
}

/**
 * The way back: the old reference, the old value as a new version, then the new
 * value ends. In this order both values are accepted for as long as anybody may
 * use either. Each part may be done again after a crash anywhere in it.
 */
export async function rollBack(run: Run): Promise<void> {
  const { keeper, parts, issuer } = run;
  const why = whyNoWayBack(keeper.journal, issuer);
  if (why !== undefined) throw new RotationFailure('operator', `there is no way back: ${why}`);
  await oldMustLive(run);
  if (keeper.journal.state !== 'ROLLING_BACK') {
    await keeper.advance('ROLLING_BACK', { operator: null, intent: keeper.journal.intent });
  }
  run.event('rollback', 'started', keeper.journal.failure?.reason ?? 'asked for');
  await serveOldAgain(run);
  await consumersBack(run);
  await publishOld(run);
  await endNew(run);
  await effect(run, 'remove pending', () => parts.pending.remove(keeper.journal.id));
  await audit(run, 'rolled-back', keeper.journal.failure?.reason ?? 'asked for', keeper.journal.restoredVersion);
  await keeper.advance('ROLLED_BACK');
  run.event('rollback', 'done', 'the old value serves again');
}

/** Nobody goes back to a value that may be revoked: once that was begun, it must be seen that the old one is still accepted. */
async function oldMustLive(run: Run): Promise<void> {
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
    throw new RotationFailure('operator', `there is no safe way back: revoking the old value was begun, and ${verdict.detail}`);
  });
}

/** The issuer must accept the old value before anybody goes back to it. */
async function serveOldAgain(run: Run): Promise<void> {
  const { issuer, keeper, context, parts } = run;
  const { journal } = keeper;
  if (journal.oldVersion === 0) return;
  const mustSet = issuer.live === 'one' && issuer.origin === 'ours' && reached(journal, 'STAGED');
  if (!mustSet) return;
  await withFields(run, journal.oldVersion, async (change) => {
    const value = change.fields.get(parts.entry.vault?.field ?? '');
    if (!value) throw new RotationFailure('operator', `version ${journal.oldVersion} of the secret has not the old value any more`);
    await effect(run, 'set the old value', () => issuer.issue({ ...issueNames(journal), value, current: journal.newKey }, context));
  });
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
    // Somebody else's version is not ours to replace; it serves, and the new value of ours ends all the same.
    if (!isNew && !(isOld && current === oldVersion + 2)) return;
    if (oldVersion === 0) {
      // There was nothing before, so there is nothing again.
      await effect(run, 'publish old', () => parts.kv.remove(target));
      return;
    }
    const version = isOld ? current : await writeOld(run, current);
    await effect(run, 'metadata', () => parts.kv.configure(target, { customMetadata: metadataFor(version, id, oldKey, oldCreatedAt) }));
    await keeper.note({ restoredVersion: version });
  } finally {
    wipeFields(read?.fields);
  }
}

async function writeOld(run: Run, current: number): Promise<number> {
  const target = targetOf(run.parts);
  return withFields(run, run.keeper.journal.oldVersion, async ({ fields }) => {
    if (!target) throw new RotationFailure('operator', 'there is no place to publish to');
    const { version } = await effect(run, 'publish old', () => run.parts.kv.write(target, fields, current));
    return version;
  });
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

async function revokeNew(run: Run, value: Parameters<Run['issuer']['revoke']>[0]['value']): Promise<void> {
  const { keeper, issuer, context } = run;
  const { newKey, oldKey } = keeper.journal;
  const found = (await issuer.find?.(issueNames(keeper.journal).namePrefix, context)) ?? [];
  const keys = [...(newKey ? [newKey] : []), ...found.filter(({ id }) => id !== newKey?.id)];
  for (const key of keys) {
    // Never the key that serves, whatever a list of names says.
    if (key.id !== undefined && key.id === oldKey?.id) continue;
    const { result, detail } = await effect(run, 'revoke new', () => issuer.revoke({ key, value }, context));
    if (result === 'manual') await keeper.note({ operator: `revoke the new value by hand: ${detail}` });
  }
}
