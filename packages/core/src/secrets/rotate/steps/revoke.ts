import { RotationFailure } from '../../failure.ts';
import type { Credential, Verdict } from '../../ports.ts';
import { type SecretValue, wipeFields } from '../../value.ts';
import { audit } from '../audit.ts';
import { recorded } from '../consumers.ts';
import { targetOf } from '../current.ts';
import { effect, pause, type Run } from '../run-state.ts';
import { confirmNew } from './confirm.ts';
import { verdictOn } from './verify.ts';

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
  const { keeper, issuer } = run;
  const { oldVersion, oldKey } = keeper.journal;
  if (oldVersion === 0 || issuer.origin === 'inside') {
    await keeper.advance('REVOKED', { revoke: null });
    return undefined;
  }
  const users = await usersOfOld(run);
  if (users.length > 0) return { reason: `still in use by ${users.slice(0, 5).join(', ')}${users.length > 5 ? '…' : ''}` };
  const { attempts = 0, lastFailure = null, nextAt = null } = keeper.journal.revoke ?? {};
  await keeper.intend('revoke', { revoke: { begun: true, attempts, lastFailure, nextAt } });
  const value = await oldValue(run);
  try {
    const credential = { key: oldKey ?? {}, value };
    if (issuer.disable && issuer.live === 'both') {
      await effect(run, 'disable', async () => issuer.disable?.(credential, run.context));
      await confirmNew(run);
    }
    const ended = await effect(run, 'revoke', () => issuer.revoke(credential, run.context));
    const unproven = await proof(run, ended.result, value);
    if (unproven !== undefined) return { reason: `${ended.detail}; ${unproven}` };
    await audit(run, 'revoked', ended.detail, oldVersion);
    await keeper.advance('REVOKED', { revoke: null });
    return undefined;
  } finally {
    value?.wipe();
  }
}

async function usersOfOld(run: Run): Promise<readonly string[]> {
  const lists = await Promise.all(
    recorded(run.parts, run.keeper.journal.consumers).map(({ consumer, record }) => consumer.stillOn(record, 'from', run.context)),
  );
  return lists.flat();
}

/** Undefined where it was pruned or deleted: then it cannot be tried. */
async function oldValue(run: Run): Promise<SecretValue | undefined> {
  const target = targetOf(run.parts);
  const read = target && (await run.parts.kv.read(target, run.keeper.journal.oldVersion));
  const value = read?.fields.get(target?.field ?? '')?.copy();
  wipeFields(read?.fields);
  return value;
}

/** An issuer may take a while until all its servers refuse a value: it is asked until it does, as long as for a new one. */
async function lastVerdict(run: Run, credential: Credential): Promise<Verdict> {
  const { clock } = run.context.host;
  const end = clock.monotonic() + run.parts.entry.verifyWithin;
  for (let wait = 250; ; wait = Math.min(wait * 2, 5000)) {
    const verdict = await verdictOn(run.parts, run.issuer, credential, run.context);
    const canChange = run.parts.verifier !== undefined || run.issuer.check !== undefined;
    if (verdict.accepted === false || !canChange || clock.monotonic() + wait > end || !(await pause(run, wait))) return verdict;
  }
}

/** What is missing for a proof; undefined: the old value is certainly dead, or nobody could revoke it. */
async function proof(
  run: Run,
  result: 'revoked' | 'gone' | 'manual' | 'nothing-to-do',
  value: SecretValue | undefined,
): Promise<string | undefined> {
  // Nobody issued it: there is nobody to refuse it.
  if (result === 'nothing-to-do') return undefined;
  const verdict: Verdict = value
    ? await lastVerdict(run, { value, key: run.keeper.journal.oldKey ?? {} })
    : { accepted: 'unknown', detail: 'its version is not there any more' };
  if (verdict.accepted === false) return undefined;
  const canBeTried = value !== undefined && (run.parts.verifier !== undefined || run.issuer.check !== undefined);
  if (result === 'manual') {
    if (run.options.revokedByHand && verdict.accepted !== true) return undefined;
    throw new RotationFailure('operator', 'the old value has to be revoked by hand', {
      hint: `at the issuer; then: agentops secrets resume ${run.parts.entry.name}${canBeTried ? '' : ' --revoked'}`,
    });
  }
  if (verdict.accepted === true) return 'the old value is still accepted';
  // Without anybody who could try it the issuer's own word has to do.
  return canBeTried ? `whether the old value is refused could not be seen: ${verdict.detail}` : undefined;
}
