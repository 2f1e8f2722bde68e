import { duration } from '../../model/format.ts';
import { isFinal, type RotationJournal, type RotationStep, rotationSteps } from '../../model/rotation.ts';
import type { PlanStep, RotationPlan } from '../../model/rotation-plan.ts';
import { failureKind, RotationFailure } from '../failure.ts';
import type { RotationParts } from '../parts.ts';
import type { ConsumerView, InspectedSecret, KvMetadata, RunContext } from '../ports.ts';
import { type Present, presentOf, targetOf } from './current.ts';
import { stepAfter } from './drive.ts';
import { newestJournal } from './keeper.ts';

/** What rotating a secret would do, from metadata alone: no value is read. Never throws for what could not be seen. */
export async function planRotation(
  parts: RotationParts,
  context: RunContext,
  options: { readonly acceptDowntime: boolean },
): Promise<RotationPlan> {
  const { entry, issuer } = parts;
  const target = targetOf(parts);
  const notSeen: string[] = [];
  const warnings: string[] = [];
  const blocked: string[] = [];
  const see = async <T>(what: string, work: () => Promise<T>, isVital: boolean): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (failureKind(error) === undefined || !(error instanceof Error)) throw error;
      const hint = error instanceof RotationFailure && error.hint !== undefined ? ` (${error.hint})` : '';
      (isVital ? blocked : notSeen).push(`${what}: ${error.message}${hint}`);
      return undefined;
    }
  };
  const [metadata, newest] = await Promise.all([
    target && see('its version in Vault', () => parts.kv.metadata(target), true),
    see('whether a rotation is unfinished', () => newestJournal(parts.journal, entry.name), false),
  ]);
  const begun = newest && !isFinal(newest.journal.state) ? newest.journal : undefined;
  const present = begun ? presentIn(begun) : presentOf(metadata);
  // Where there is no way back, what speaks against it must have been seen.
  const cannotBeUndone = issuer?.origin === 'inside' || issuer?.live === 'one';
  const inspected = await see('the issuer', async () => issuer?.inspect?.(context, inspectedSecret(parts, present)), cannotBeUndone);
  const next = begun?.newVersion ?? present.version + 1;
  const views = await Promise.all(parts.consumers.map((consumer) => see(consumer.id, () => consumer.view(next, context), true)));
  const seen = views.filter((view) => view !== undefined);
  if (!issuer) blocked.push('it has no issuer: its age is watched, and nothing is rotated');
  if (issuer?.live === 'one' && !options.acceptDowntime) {
    blocked.push(
      'its issuer has one live value: consumers that have not changed over are refused meanwhile; --accept-downtime says that is all right',
    );
  }
  if (inspected?.blocked !== undefined) blocked.push(inspected.blocked);
  for (const view of seen) if (view.blocked !== undefined) blocked.push(view.blocked);
  if (begun) warnings.push(`its rotation stands at ${begun.state}: this goes on with it instead of beginning another`);
  const place = target && `${target.mount}/${target.path}`;
  if (target && metadata === undefined && blocked.length === 0)
    warnings.push(`${place} does not exist yet: it would be created (is the path right?)`);
  if (metadata && present.version > 0 && present.since === undefined) {
    warnings.push(`version ${present.version} of ${place} is deleted: there is no old value to go back to`);
  }
  if (!parts.verifier && !issuer?.check) warnings.push('no verifier is configured: nothing tries the new value before it is used');
  warnings.push(...(inspected?.warnings ?? []), ...seen.flatMap((view) => view.warnings));
  notSeen.push(...seen.flatMap((view) => view.notSeen));
  return {
    secret: entry.name,
    location: target && `${target.mount}/${target.path}`,
    currentVersion: present.version,
    valueSince: present.since,
    steps: issuer ? stepsOf(parts, present, metadata, seen).filter(({ step }) => isToCome(step, begun)) : [],
    undoUntil: undoUntil(parts),
    warnings,
    blocked: blocked.length > 0 ? blocked.join('; ') : undefined,
    notSeen,
  };
}

/** What was there when the rotation that goes on was begun. */
function presentIn({ oldVersion, oldCreatedAt, oldKey }: RotationJournal): Present {
  return { version: oldVersion, since: oldCreatedAt === null ? undefined : Date.parse(oldCreatedAt), key: oldKey };
}

/** Whether a step is left of a rotation that was begun; the lock is taken each time. */
function isToCome(step: RotationStep, begun: RotationJournal | undefined): boolean {
  if (!begun || step === 'lock') return true;
  const next = stepAfter[begun.state]?.step;
  if (next === undefined) return false;
  // The grace runs from CONFIRMED on until the revoke.
  const from = next === 'revoke' ? 'grace' : next;
  return (rotationSteps as readonly RotationStep[]).indexOf(step) >= (rotationSteps as readonly RotationStep[]).indexOf(from);
}

function inspectedSecret({ entry, issuer }: RotationParts, present: Present): InspectedSecret {
  return { key: present.key ?? issuer?.presentKey ?? null, since: present.since, maxAgeMs: entry.maxAge, overlapMs: entry.overlap };
}

function undoUntil({ issuer }: RotationParts): RotationPlan['undoUntil'] {
  if (!issuer) return undefined;
  const gone = issuer.origin === 'inside' || (issuer.live === 'one' && issuer.origin !== 'ours');
  return gone ? 'issue' : 'revoke';
}

function stepsOf(
  parts: RotationParts,
  present: Present,
  metadata: KvMetadata | undefined,
  views: readonly ConsumerView[],
): readonly PlanStep[] {
  const { entry, issuer, verifier, pending } = parts;
  const target = targetOf(parts);
  const words = issuer?.describe(present.key ?? issuer.presentKey ?? null);
  const lock = parts.lock.description(entry.name);
  const workloads = views.flatMap((view) => view.workloads);
  const steps: (PlanStep | undefined)[] = [
    { step: 'lock', text: lock, objects: [lock] },
    issuer?.origin === 'inside'
      ? undefined
      : { step: 'stage', text: `${pending.description(entry.name)}, until it is over`, objects: [pending.description(entry.name)] },
    words && { step: 'issue', text: words.issue, objects: words.objects },
    verifier || issuer?.check
      ? { step: 'verify', text: verifier?.describe() ?? 'ask the issuer whether it accepts the new value', objects: [] }
      : undefined,
    target && publishStep(target, present.version, metadata),
    ...views.map(syncStep),
    workloads.length > 0
      ? { step: 'roll', text: rollText(workloads, entry.batch), objects: workloads.map(({ label }) => label) }
      : undefined,
    graceStep(parts, present),
    words && { step: 'revoke', text: words.revoke, objects: [] },
  ];
  return steps.filter((step) => step !== undefined);
}

function publishStep(target: { mount: string; path: string }, version: number, metadata: KvMetadata | undefined): PlanStep {
  const at = `${target.mount}/${target.path}`;
  const text = version === 0 ? `${at}, its first version` : `${at}, check-and-set on version ${version}`;
  const keeps = (metadata?.keptVersions ?? 0) < 3 && version > 0 ? '; keeps 10 versions from now on' : '';
  return { step: 'publish', text: `${text}${keeps}`, objects: [at] };
}

function graceStep({ entry, issuer }: RotationParts, present: Present): PlanStep | undefined {
  if (issuer?.live !== 'both' || issuer.origin === 'inside' || present.version === 0) return undefined;
  return { step: 'grace', text: `${duration(entry.overlap)}: both values are valid`, objects: [] };
}

/** The workloads have a line of their own: `roll`. */
function syncStep({ sync, objects, workloads }: ConsumerView): PlanStep {
  return { step: 'sync', text: sync, objects: objects.filter((object) => workloads.every(({ label }) => label !== object)) };
}

/** `Deployment agents/code-gen (6 pods)`; several: `…: 1, then 2 at a time`. */
function rollText(workloads: ConsumerView['workloads'], batch: number): string {
  const names = workloads.map(({ label, pods }) => (pods === undefined ? label : `${label} (${pods} ${pods === 1 ? 'pod' : 'pods'})`));
  const shown = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
  return names.length > 1 ? `${shown.join(', ')}: 1, then ${batch} at a time` : shown.join('');
}
