import { vaultAge } from '../checks/secret-age/vault-age.ts';
import type { SecretEntry } from '../config/secrets.ts';
import { duration } from '../model/format.ts';
import { customMetadata, isFinal, type RotationJournal } from '../model/rotation.ts';
import type { LastRotation, SecretRemark, SecretStatus } from '../model/secret-status.ts';
import type { KvMetadata } from './ports.ts';

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
  const dueAt = aged.age?.since ? Date.parse(aged.age.since) + entry.maxAge : undefined;
  // Without a bound it may have been due for ever.
  if (aged.age) remarks.push(remarkOnAge(aged.age, dueAt ?? 0, entry.maxAge, now, aged.doubt));
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

interface Aged {
  readonly age: Age | null;
  readonly remarks: readonly SecretRemark[];
  /** Why it may be older than the version it is in. */
  readonly doubt?: string;
}

function ageOfVersion(metadata: Sight['metadata'], journal: Sight['journal'], now: number): Aged {
  if (!metadata.seen) return { age: null, remarks: [] };
  const kept = metadata.is;
  if (!kept || kept.currentVersion === 0) return { age: null, remarks: [noValue('nothing was ever written there')] };
  const { currentVersion } = kept;
  const current = kept.versions.find(({ version }) => version === currentVersion);
  if (current?.gone) return { age: null, remarks: [noValue(`version ${currentVersion}, the current one, is deleted`)] };
  if (current === undefined || !Number.isFinite(current.createdAt) || current.createdAt <= 0) {
    return { age: null, remarks: [untimed(`when version ${currentVersion} was written`)] };
  }
  if (current.createdAt > now + skew) {
    return { age: null, remarks: [untimed(`its age: version ${currentVersion} claims to be written in the future`)] };
  }
  const { min, max, basis, doubts } = vaultAge(
    {
      currentVersion,
      versionCreatedAt: current.createdAt,
      customMetadata: kept.customMetadata,
      versions: Object.fromEntries(kept.versions.map(({ version, createdAt }) => [version, createdAt])),
    },
    now,
  );
  const restored = restoredAge(kept, journal.seen ? journal.is : undefined, now);
  const age = { minSeconds: Math.floor(min / 1000), basis: `Vault ${basis}` };
  if (restored !== undefined && restored > max) {
    return { age: { ...age, ...upTo(restored, now), source: 'journal' }, remarks: [] };
  }
  const source = max > now - current.createdAt ? 'metadata' : 'vault-version';
  return { age: { ...age, ...upTo(max, now), source }, remarks: [], ...(doubts.length > 0 ? { doubt: doubts.join('; ') } : {}) };
}

function upTo(max: number, now: number): Pick<Age, 'maxSeconds' | 'since'> {
  if (!Number.isFinite(max)) return { maxSeconds: null, since: null };
  return { maxSeconds: Math.floor(max / 1000), since: new Date(now - max).toISOString() };
}

/** A way back wrote an old value again and died before it could note so: the value is as old as the journal says. */
function restoredAge(kept: KvMetadata, journal: RotationJournal | undefined, now: number): number | undefined {
  if (kept.customMetadata[customMetadata.version] === String(kept.currentVersion)) return undefined;
  const since = journal?.restoredVersion === kept.currentVersion ? timeOf(journal.oldCreatedAt) : undefined;
  return since === undefined ? undefined : now - since;
}

/** A root password has no version: it is as old as the rotation that made it. */
function ageOfRoot(journal: Sight['journal'], now: number): Aged {
  if (!journal.seen) return { age: null, remarks: [] };
  const made = journal.is?.history.findLast(({ state }) => state === 'ISSUED');
  const at = timeOf(made?.at);
  if (at !== undefined) {
    const age = Math.max(0, now - at);
    return { age: { minSeconds: Math.floor(age / 1000), ...upTo(age, now), source: 'journal', basis: 'its last rotation' }, remarks: [] };
  }
  // No rotation of ours is on record: there will never be a time to wait for.
  return { age: null, remarks: [{ what: 'due', status: 'warn', text: 'no rotation of it is on record, so its age is not known' }] };
}

function remarkOnAge(age: Age, dueAt: number, maxAge: number, now: number, doubt: string | undefined): SecretRemark {
  const limit = duration(maxAge);
  if (age.minSeconds * 1000 > 2 * maxAge) return { what: 'overdue', status: 'fail', text: `older than twice its limit of ${limit}` };
  if (now < dueAt) return { what: 'in-time', status: 'pass', text: `due in ${duration(dueAt - now)}` };
  if (age.minSeconds * 1000 >= maxAge) return { what: 'due', status: 'warn', text: `over its limit of ${limit}` };
  const why = doubt ?? 'its value may be older than the version it is in';
  return { what: 'due', status: 'unknown', text: `may be over its limit of ${limit}: ${why}` };
}

function noValue(why: string): SecretRemark {
  return { what: 'no-value', status: 'warn', text: `no value: ${why}` };
}

function untimed(what: string): SecretRemark {
  return { what: 'not-seen', status: 'unknown', text: what };
}

function rotationOf(journal: RotationJournal): LastRotation {
  const { id, state, by, startedAt, updatedAt, graceUntil, revoke, restoredVersion, newVersion, oldVersion } = journal;
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
    version: restoredVersion ?? newVersion ?? (oldVersion === 0 ? null : oldVersion),
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
