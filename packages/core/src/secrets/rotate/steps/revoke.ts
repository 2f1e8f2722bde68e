import { RotationFailure } from '../../failure.ts';
import { type SecretValue, wipeFields } from '../../value.ts';
import { audit } from '../audit.ts';
import { recorded, withFields } from '../consumers.ts';
import { targetOf } from '../current.ts';
import { notRefused, unproven } from '../proof.ts';
import { effect, type Run } from '../run-state.ts';
import { acceptedStill } from './confirm.ts';

/** Why the old value is not revoked yet; it stays on the list until the issuer refuses it. */
export interface NotYet {
  readonly reason: string;
}

/**
 * GRACE → REVOKED: the old value ends, once nothing refers to it any more.
 * Where the issuer can, it is disabled first, which could be undone, and the
 * new value is tried again before the old one is deleted. Done is only what is
 * proven: the issuer refuses the old value, or says itself that it is gone.
 */
export async function revoke(run: Run): Promise<NotYet | undefined> {
  const { keeper, issuer, context } = run;
  const { oldVersion, oldKey } = keeper.journal;
  if ((oldVersion === 0 && oldKey === null) || issuer.origin === 'inside') {
    await keeper.advance('REVOKED', { revoke: null });
    return undefined;
  }
  const users = [...(await usersOfOld(run)), ...(await notOnNew(run))];
  if (users.length > 0) return { reason: `still in use by ${users.slice(0, 5).join(', ')}${users.length > 5 ? '…' : ''}` };
  const { attempts = 0, lastFailure = null, nextAt = null } = keeper.journal.revoke ?? {};
  await keeper.intend('revoke', { revoke: { begun: true, attempts, lastFailure, nextAt } });
  const value = await oldValue(run);
  try {
    const credential = { key: oldKey ?? {}, value };
    if (issuer.disable && issuer.live === 'both') {
      await effect(run, 'disable', () => notRefused(async () => issuer.disable?.(credential, context)));
      // With the old value out of service: whatever lived on it in secret would show now.
      await acceptedStill(run);
    }
    const ended = await effect(run, 'revoke', () => notRefused(() => issuer.revoke(credential, context)));
    const open = await unproven(run, ended.result, value && { key: credential.key, value });
    if (open !== undefined) return missingProof(run, ended, open);
    const remark = remarkOn(run, ended);
    await audit(run, 'revoked', `${ended.detail}${remark === undefined ? '' : `; ${remark}`}`, oldVersion);
    await keeper.advance('REVOKED', {
      revoke: null,
      ...(remark === undefined ? {} : { remarks: [...keeper.journal.remarks, remark] }),
    });
    return undefined;
  } finally {
    value?.wipe();
  }
}

type Ended = Awaited<ReturnType<Run['issuer']['revoke']>>;

/** Only a person can end it, or it has to be tried again. */
function missingProof(run: Run, { result, detail }: Ended, open: string): NotYet {
  const { name } = run.parts.entry;
  if (result !== 'manual') return { reason: `${detail}; the old value: ${open}` };
  const asserted = open === 'nothing can prove it' ? ' --revoked' : '';
  throw new RotationFailure('operator', `the old value has to be revoked by hand: ${detail}; ${open}`, {
    hint: `at the issuer; then: agentops secrets resume ${name}${asserted}`,
  });
}

/** What is said of an end that nobody proved. */
function remarkOn(run: Run, { result, detail }: Ended): string | undefined {
  if (result === 'nothing-to-do') return `the old value was not revoked: ${detail}`;
  const tried = run.parts.verifier !== undefined || run.issuer.check !== undefined;
  if (tried) return undefined;
  return result === 'manual'
    ? `that the old value is revoked was said by ${run.options.by}, and not seen`
    : 'nothing has tried whether the old value is refused';
}

async function usersOfOld(run: Run): Promise<readonly string[]> {
  const lists = await Promise.all(
    recorded(run.parts, run.keeper.journal.consumers).map(({ consumer, record }) => consumer.stillOn(record, 'from', run.context)),
  );
  return lists.flat();
}

/** Consumers that are seen not to hold the new value: somebody changed them since, or put them into the configuration. */
async function notOnNew(run: Run): Promise<readonly string[]> {
  const { parts, keeper, context } = run;
  const { newVersion, consumers } = keeper.journal;
  if (newVersion === null || parts.consumers.length === 0) return [];
  return withFields(run, newVersion, async ({ fields }) => {
    const found: string[] = [];
    for (const consumer of parts.consumers) {
      const { holds, detail } = await consumer.holds(fields, context);
      const known = consumers.some(({ id }) => id === consumer.id);
      if (holds === 'no') found.push(`${consumer.id} (${detail})`);
      if (holds === 'unknown' && !known) found.push(`${consumer.id} (new in the configuration, and not seen: ${detail})`);
    }
    return found;
  });
}

/** Undefined where it was pruned or deleted, or never was: then it cannot be tried. */
async function oldValue(run: Run): Promise<SecretValue | undefined> {
  const target = targetOf(run.parts);
  const { oldVersion } = run.keeper.journal;
  const read = target && oldVersion > 0 ? await run.parts.kv.read(target, oldVersion) : undefined;
  const value = read?.fields.get(target?.field ?? '')?.copy();
  wipeFields(read?.fields);
  return value;
}
