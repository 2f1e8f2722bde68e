import type { SecretEntry } from '../config/secrets.ts';
import { duration } from '../model/format.ts';
import { customMetadata, isFinal, type RotationJournal } from '../model/rotation.ts';
import type { LastRotation, SecretRemark, SecretStatus } from '../model/secret-status.ts';
import type { KvMetadata } from './ports.ts';
import { presentOf } from './rotate/current.ts';

/** Something that was read, or why it could not be. */
export type Seen<T> = { readonly seen: true; readonly is: T } | { readonly seen: false; readonly why: string };

/** What one look at a secret saw. No value is among it. */
export interface Sight {
  readonly entry: SecretEntry;
  readonly consumers: readonly string[];
  /** Undefined within it: nothing was ever written there. */
  readonly metadata: Seen<KvMetadata | undefined>;
  readonly journal: Seen<RotationJournal | undefined>;
}

type Age = NonNullable<SecretStatus['age']>;

/** A version that is said to be written later than this from now was written by a clock that is wrong. */
const skew = 5 * 60_000;

/** What the metadata and the newest journal say of a secret. Pure; `now` in ms since the epoch. */
export function statusOf({ entry, consumers, metadata, journal }: Sight, now: number): SecretStatus {
  const { vault, issuer } = entry;
  const kept = metadata.seen ? metadata.is : undefined;
  const rotation = journal.seen && journal.is ? rotationOf(journal.is) : null;
  const remarks: SecretRemark[] = [];
  if (!metadata.seen) remarks.push({ what: 'not-seen', status: 'unknown', text: `its metadata: ${metadata.why}` });
  if (!journal.seen) remarks.push({ what: 'not-seen', status: 'unknown', text: `its rotations: ${journal.why}` });
  const aged = vault ? ageOfVersion(metadata, journal, now) : ageOfRoot(journal, now);
  remarks.push(...aged.remarks, ...(journal.seen && journal.is ? remarksOnRotation(journal.is, now) : []));
  const dueAt = aged.age ? Date.parse(aged.age.since) + entry.maxAge : undefined;
  if (aged.age && dueAt !== undefined) remarks.push(remarkOnAge(aged.age, dueAt, entry.maxAge, now));
  remarks.sort((a, b) => rank.indexOf(a.what) - rank.indexOf(b.what));
  return {
    secret: entry.name,
    location: vault ? `${vault.mount}/${vault.path}` : null,
    issuer: issuer?.type ?? null,
    version: kept && kept.currentVersion > 0 ? kept.currentVersion : null,
    age: aged.age,
    maxAgeSeconds: entry.maxAge / 1000,
    dueAt: dueAt === undefined ? null : new Date(dueAt).toISOString(),
    status: (['fail', 'unknown', 'warn'] as const).find((status) => remarks.some((remark) => remark.status === status)) ?? 'pass',
    remarks,
    rotation,
    window: entry.window ?? null,
    consumers: [...consumers],
    next: nextFor(entry.name, remarks, issuer !== undefined),
  };
}

/** Worst first. */
const rank: readonly SecretRemark['what'][] = [
  'needs-operator',
  'revoke-failed',
  'overdue',
  'not-seen',
  'no-value',
  'due',
  'unfinished',
  'grace-over',
  'grace',
  'in-time',
];

function ageOfVersion(
  metadata: Sight['metadata'],
  journal: Sight['journal'],
  now: number,
): { readonly age: Age | null; readonly remarks: readonly SecretRemark[] } {
  if (!metadata.seen) return { age: null, remarks: [] };
  const kept = metadata.is;
  if (!kept || kept.currentVersion === 0) return { age: null, remarks: [noValue('nothing was ever written there')] };
  const current = kept.versions.find(({ version }) => version === kept.currentVersion);
  const basis = `Vault version ${kept.currentVersion}`;
  if (current?.gone) return { age: null, remarks: [noValue(`version ${kept.currentVersion}, the current one, is deleted`)] };
  const { since } = presentOf(kept);
  if (current === undefined || since === undefined || !Number.isFinite(since) || since <= 0)
    return { age: null, remarks: [untimed(`when version ${kept.currentVersion} was written`)] };
  if (since > now + skew)
    return { age: null, remarks: [untimed(`its age: version ${kept.currentVersion} claims to be written in the future`)] };
  const earliest = Math.min(since, earlierThan(kept, journal.seen ? journal.is : undefined) ?? since);
  const source = since < current.createdAt ? 'metadata' : earliest < since ? 'journal' : 'vault-version';
  return { age: ageBetween(earliest, since, now, source, basis), remarks: [] };
}

/**
 * How far back the value of the current version may reach where its own time
 * does not tell: a way back wrote an old value again and died before it could
 * note so, or somebody wrote over a version of ours (perhaps another field
 * alone, so that the value is still the one of then).
 */
function earlierThan(kept: KvMetadata, journal: RotationJournal | undefined): number | undefined {
  const noted = Number(kept.customMetadata[customMetadata.version]);
  if (noted === kept.currentVersion) return undefined;
  if (journal?.restoredVersion === kept.currentVersion && journal.oldCreatedAt !== null) return timeOf(journal.oldCreatedAt);
  if (!Number.isInteger(noted) || noted > kept.currentVersion) return undefined;
  return timeOf(kept.customMetadata[customMetadata.valueSince]) ?? kept.versions.find(({ version }) => version === noted)?.createdAt;
}

/** A root password has no version: it is as old as the rotation that made it. */
function ageOfRoot(journal: Sight['journal'], now: number): { readonly age: Age | null; readonly remarks: readonly SecretRemark[] } {
  if (!journal.seen) return { age: null, remarks: [] };
  const made = journal.is?.history.findLast(({ state }) => state === 'ISSUED');
  const at = timeOf(made?.at);
  if (at !== undefined) return { age: ageBetween(at, at, now, 'journal', 'its last rotation'), remarks: [] };
  // No rotation of ours is on record: there will never be a time to wait for.
  return { age: null, remarks: [{ what: 'due', status: 'warn', text: 'never rotated by agentops, so its age is not known' }] };
}

function ageBetween(earliest: number, latest: number, now: number, source: Age['source'], basis: string): Age {
  const seconds = (from: number): number => Math.floor(Math.max(0, now - from) / 1000);
  return { minSeconds: seconds(latest), maxSeconds: seconds(earliest), since: new Date(earliest).toISOString(), source, basis };
}

function remarkOnAge(age: Age, dueAt: number, maxAge: number, now: number): SecretRemark {
  const limit = duration(maxAge);
  if (age.minSeconds * 1000 > 2 * maxAge) return { what: 'overdue', status: 'fail', text: `older than twice its limit of ${limit}` };
  if (now < dueAt) return { what: 'in-time', status: 'pass', text: `due in ${duration(dueAt - now)}` };
  const certain = age.minSeconds * 1000 >= maxAge;
  const text = certain ? `over its limit of ${limit}` : `may be over its limit of ${limit}: it may be older than the version it is in`;
  return { what: 'due', status: 'warn', text };
}

function noValue(why: string): SecretRemark {
  return { what: 'no-value', status: 'warn', text: `no value: ${why}` };
}

function untimed(what: string): SecretRemark {
  return { what: 'not-seen', status: 'unknown', text: what };
}

function rotationOf(journal: RotationJournal): LastRotation {
  const { id, state, by, startedAt, updatedAt, graceUntil, revoke } = journal;
  const utc = (text: string): string => new Date(text).toISOString();
  return {
    id,
    state,
    stage: stageOf(journal),
    by,
    startedAt: utc(startedAt),
    updatedAt: utc(updatedAt),
    graceUntil: graceUntil === null ? null : utc(graceUntil),
    revokeAt: revoke === null || revoke.nextAt === null ? null : utc(revoke.nextAt),
  };
}

function stageOf({ state }: RotationJournal): LastRotation['stage'] {
  if (isFinal(state)) return 'finished';
  if (state === 'NEEDS_OPERATOR') return 'needs-operator';
  return state === 'GRACE' ? 'grace' : 'unfinished';
}

function remarksOnRotation(journal: RotationJournal, now: number): SecretRemark[] {
  const { state, by, updatedAt, operator, revoke, graceUntil } = journal;
  if (isFinal(state)) return [];
  if (state === 'NEEDS_OPERATOR') {
    return [
      { what: 'needs-operator', status: 'fail', text: `its rotation needs a person: ${operator ?? 'the journal does not say what for'}` },
    ];
  }
  if (revoke && revoke.attempts > 0 && revoke.lastFailure !== null && state !== 'REVOKED') {
    const tries = revoke.attempts === 1 ? 'once' : `${revoke.attempts} times`;
    return [
      {
        what: 'revoke-failed',
        status: 'fail',
        text: `the old value may still be accepted; revoking it failed ${tries}: ${revoke.lastFailure}`,
      },
    ];
  }
  const until = timeOf(graceUntil);
  if (state === 'GRACE' && until !== undefined) {
    return until > now
      ? [{ what: 'grace', status: 'pass', text: `both values are valid for another ${duration(until - now)}` }]
      : [{ what: 'grace-over', status: 'warn', text: `the old value is to be revoked since ${duration(now - until)}` }];
  }
  const quiet = duration(Math.max(0, now - Date.parse(updatedAt)));
  return [{ what: 'unfinished', status: 'warn', text: `its rotation stands at ${state} for ${quiet}, begun by ${by}` }];
}

function nextFor(name: string, remarks: readonly SecretRemark[], rotated: boolean): string[] {
  const has = (...whats: readonly SecretRemark['what'][]): boolean => remarks.some(({ what }) => whats.includes(what));
  if (has('needs-operator')) return [`agentops secrets history ${name}`];
  if (has('unfinished', 'grace-over', 'revoke-failed')) return [`agentops secrets resume ${name}`];
  if (!rotated) return has('no-value', 'due', 'overdue') ? [`agentops secrets store ${name}`] : [];
  return has('no-value', 'due', 'overdue') ? [`agentops secrets rotate ${name} --dry-run`] : [];
}

function timeOf(text: string | null | undefined): number | undefined {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? undefined : at;
}
