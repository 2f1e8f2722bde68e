import { type SecretEntry, secretEntry } from '../../packages/core/src/config/secrets.ts';
import type { RotationJournal } from '../../packages/core/src/model/rotation.ts';
import { RotationFailure } from '../../packages/core/src/secrets/failure.ts';
import type { RotationParts } from '../../packages/core/src/secrets/parts.ts';
import type { KvMetadata, RunContext } from '../../packages/core/src/secrets/ports.ts';
import { testHost, testNow } from '../support/host.ts';
import { World } from './rotate/world.ts';

export const hour = 3_600_000;
export const day = 24 * hour;
export const iso = (at: number): string => new Date(at).toISOString();

/** Where nothing of the world is asked: 21 Nov 2026, 13:07:31 UTC stands still. */
export function stillContext(now = testNow): RunContext {
  return { host: testHost({ now }), signal: AbortSignal.timeout(20_000), deadline: performance.now() + 20_000 };
}

export const forbidden = (what: string): never => {
  throw new RotationFailure('transient', `${what}: permission denied`, { hint: 'agentops permissions' });
};

/** Metadata whose versions were written so many days ago, the oldest first. */
export function metadataOf(days: readonly number[], custom: Readonly<Record<string, string>> = {}): KvMetadata {
  return {
    currentVersion: days.length,
    versions: days.map((age, index) => ({ version: index + 1, createdAt: testNow - age * day, gone: false })),
    customMetadata: custom,
    keptVersions: 10,
    maxVersions: 0,
    casRequired: false,
  };
}

/** A journal of a rotation from version 4 to 5 that began two days ago. */
export function journalOf(more: Partial<RotationJournal> = {}): RotationJournal {
  const at = (ms: number): string => iso(testNow - 2 * day + ms);
  return {
    format: 1,
    id: 'openai-key/20261119t130731z-9f3a',
    secret: 'openai-key',
    state: 'DONE',
    intent: null,
    epoch: 1,
    holder: 'cron@ci 1a2b3c',
    by: 'cron@ci',
    startedAt: at(0),
    updatedAt: at(90_000),
    target: { mount: 'kv', path: 'agents/openai', field: 'value' },
    issuer: 'random',
    oldVersion: 4,
    newVersion: 5,
    restoredVersion: null,
    oldCreatedAt: iso(testNow - 131 * day),
    oldKey: null,
    newKey: { name: 'agentops-openai-key-1' },
    oldFingerprint: 'old',
    newFingerprint: 'new',
    consumers: [
      {
        id: 'kubernetes agents/openai-key',
        from: 'openai-key-v4',
        to: 'openai-key-v5',
        workloads: [
          { kind: 'Deployment', namespace: 'agents', name: 'code-gen', references: [{ pointer: '/spec', name: 'openai-key-v4' }] },
        ],
      },
    ],
    acceptDowntime: false,
    overlapMs: day,
    graceUntil: null,
    revoke: null,
    failure: null,
    operator: null,
    remarks: [],
    history: [
      { state: 'LOCKED', at: at(200), ms: 200 },
      { state: 'ISSUED', at: at(2000), ms: 1800 },
      { state: 'ROLLED', at: at(63_000), ms: 61_000 },
      { state: 'DONE', at: at(90_000), ms: 27_000 },
    ],
    ...more,
  };
}

export interface Fake {
  readonly entry?: Partial<Parameters<typeof secretEntry.parse>[0] & object>;
  /** Undefined: nothing was ever written. */
  readonly metadata?: KvMetadata | undefined | (() => never);
  readonly journal?: RotationJournal | undefined | (() => never);
}

export function entryOf(more: object = {}): SecretEntry {
  return secretEntry.parse({
    name: 'openai-key',
    vault: { mount: 'kv', path: 'agents/openai' },
    issuer: { type: 'random' },
    ...more,
  });
}

/** Parts whose metadata and newest journal are as given; reading a value is an error. */
export function partsOf({ entry = {}, metadata, journal }: Fake): RotationParts {
  const world = new World().process().parts();
  const answer = <T>(given: T | (() => never)): T => (typeof given === 'function' ? (given as () => never)() : given);
  return {
    ...world,
    entry: entryOf(entry),
    kv: {
      ...world.kv,
      metadata: async () => answer(metadata),
      read: async () => forbidden('a value was read'),
    },
    journal: {
      ...world.journal,
      list: async () => {
        const found = answer(journal);
        return found ? [found.id] : [];
      },
      read: async () => {
        const found = answer(journal);
        return found && { journal: found, version: 3 };
      },
    },
  };
}
