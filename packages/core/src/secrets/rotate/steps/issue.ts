import { RotationFailure } from '../../failure.ts';
import type { SecretValue } from '../../value.ts';
import { targetOf } from '../current.ts';
import { issueNames } from '../names.ts';
import { notRefused } from '../proof.ts';
import { effect, type Run } from '../run-state.ts';

/**
 * STAGED → ISSUED: the issuer accepts the new value. Ours is set, which may be
 * done twice. One that the issuer makes is created under a name of this
 * rotation and written to the pending path at once; what a crash left without
 * its value is found by that name and deleted, since nobody can know its value
 * any more.
 */
export async function issue(run: Run): Promise<void> {
  const { issuer, keeper, parts, context } = run;
  const { journal } = keeper;
  await keeper.intend('issue');
  const names = { ...issueNames(journal), first: journal.oldVersion === 0 };
  await refuseForeign(run);
  const pending = await parts.pending.read(journal.id);
  try {
    if (issuer.origin === 'inside') {
      const { key, value } = await effect(run, 'issue', () => issuer.issue({ ...names, current: journal.oldKey }, context));
      value.wipe();
      await keeper.advance('ISSUED', { newKey: key });
      return;
    }
    if (pending && issuer.origin === 'theirs') {
      // Created and stored, and only the record is missing.
      await keeper.advance('ISSUED', { newKey: pending.key, newFingerprint: await parts.fingerprint(pending.value) });
      return;
    }
    if (pending) {
      const { value } = pending;
      const issued = await effect(run, 'issue', () => issuer.issue({ ...names, value, current: journal.oldKey }, context));
      await keeper.advance('ISSUED', { newKey: { ...pending.key, ...issued.key } });
      return;
    }
  } finally {
    pending?.value.wipe();
  }
  await createTheirs(run, names);
}

/** Somebody may have changed over by hand meanwhile: issuing could end the very account that serves by now. */
async function refuseForeign({ parts, keeper }: Run): Promise<void> {
  const target = targetOf(parts);
  const current = target && ((await parts.kv.metadata(target))?.currentVersion ?? 0);
  const { oldVersion } = keeper.journal;
  if (!target || current === oldVersion) return;
  throw new RotationFailure(
    'conflict',
    `${target.mount}/${target.path} is at version ${current}, the rotation was planned on ${oldVersion}`,
    {
      hint: `find out who wrote it; agentops secrets rollback ${parts.entry.name} withdraws what this rotation began`,
    },
  );
}

async function createTheirs(run: Run, names: ReturnType<typeof issueNames> & { readonly first: boolean }): Promise<void> {
  const { issuer, keeper, parts, context } = run;
  const { id, oldKey } = keeper.journal;
  for (const key of (await issuer.find?.(names.namePrefix, context)) ?? []) {
    run.event('issue', 'waiting', 'deleting what an earlier try left at the issuer');
    const { result, detail } = await effect(run, 'delete orphan', () =>
      notRefused(() => issuer.revoke({ key, value: undefined }, context)),
    );
    if (result === 'manual') throw new RotationFailure('operator', `what an earlier try made has to be revoked by hand: ${detail}`);
  }
  let value: SecretValue | undefined;
  try {
    const issued = await effect(run, 'issue', () => issuer.issue({ ...names, current: oldKey }, context));
    value = issued.value;
    const stored = value;
    await effect(run, 'stage', () => parts.pending.write(id, stored, issued.key, 0));
    await keeper.advance('ISSUED', { newKey: issued.key, newFingerprint: await parts.fingerprint(stored) });
  } finally {
    value?.wipe();
  }
}
