import { createHmac } from 'node:crypto';
import { secretEntry } from '../../../packages/core/src/config/secrets.ts';
import type { AuditRecord, IssuerKey, RotationJournal } from '../../../packages/core/src/model/rotation.ts';
import type { RotationOutcome } from '../../../packages/core/src/model/rotation-plan.ts';
import { RotationFailure } from '../../../packages/core/src/secrets/failure.ts';
import type { RotationParts } from '../../../packages/core/src/secrets/parts.ts';
import type { Boundary, Consumer, Issuer, RunContext, Verdict, Workload } from '../../../packages/core/src/secrets/ports.ts';
import type { RotateOptions } from '../../../packages/core/src/secrets/rotate/run-state.ts';
import { type SecretFields, SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { testHost, testNow } from '../../support/host.ts';

export type IssuerKind = 'ours' | 'theirs' | 'accounts' | 'disabling';

export interface WorldOptions {
  readonly issuer?: IssuerKind;
  /** Versioned copies, as by default, or one that is changed in place. */
  readonly inPlace?: boolean;
  readonly workloads?: number;
  readonly batch?: number;
  readonly overlapMs?: number;
  /** What goes wrong, by the name of the boundary's step. */
  readonly trouble?: 'verify' | 'roll' | 'confirm';
}

interface Version {
  readonly fields: ReadonlyMap<string, string>;
  readonly createdAt: number;
}

/**
 * All that lives outside a rotation's process, in memory: a KV secret, an
 * issuer, consumers with workloads. It survives processes; each of them gets
 * its own ports by {@link World.process}. After every boundary the invariant
 * is asked: every consumer holds a value that the issuer accepts.
 */
export class World {
  readonly options: Required<Pick<WorldOptions, 'issuer' | 'inPlace' | 'workloads' | 'batch' | 'overlapMs'>> & WorldOptions;
  now = testNow;
  readonly versions: Version[] = [];
  readonly custom = new Map<string, string>();
  readonly journals = new Map<string, { text: string; version: number }>();
  readonly pending = new Map<string, { value: string; key: IssuerKey; version: number }>();
  readonly records: AuditRecord[] = [];
  /** Values that the issuer accepts, with their key. */
  readonly live = new Map<string, IssuerKey & { enabled: boolean }>();
  /** Objects that hold a value: a Secret by name. */
  readonly copies = new Map<string, string>();
  /** What a workload's template names, and the value that its pods read when they started. */
  readonly pods: { reference: string; value: string; restarting: boolean; annotation: string }[] = [];
  lockHolder: string | undefined;
  epoch = 0;
  made = 0;
  mostRestarting = 0;
  /** Sentences about an instant at which the invariant did not hold. */
  readonly broken: string[] = [];
  readonly deadHolders = new Set<string>();

  constructor(options: WorldOptions = {}) {
    this.options = { issuer: 'ours', inPlace: false, workloads: 2, batch: 1, overlapMs: 0, ...options };
    const old = 'value-0';
    this.live.set(old, { id: 'key-0', name: 'first', account: 'a', enabled: true });
    this.versions.push({
      fields: new Map([
        ['value', old],
        ['user', 'a'],
        ['other', 'kept'],
      ]),
      createdAt: testNow - 1e9,
    });
    this.copies.set('key', old);
    for (let index = 0; index < this.options.workloads; index++)
      this.pods.push({ reference: 'key', value: old, restarting: false, annotation: '' });
  }

  accepts(value: string): boolean {
    return this.live.get(value)?.enabled === true;
  }

  check(at: string): void {
    for (const [index, { value }] of this.pods.entries()) {
      if (!this.accepts(value)) this.broken.push(`${at}: the pods of workload ${index} hold ${value}, which is refused`);
    }
    const latest = this.versions.at(-1)?.fields.get('value') ?? '';
    if (!this.accepts(latest)) this.broken.push(`${at}: the latest version holds ${latest}, which is refused`);
    // A pod that restarted now would read the copy that its template names.
    for (const [index, { reference }] of this.pods.entries()) {
      const value = this.copies.get(reference);
      if (value === undefined || !this.accepts(value))
        this.broken.push(`${at}: a new pod of workload ${index} would read ${value}, which is refused`);
    }
  }

  /** A process that dies at the n-th boundary that it meets, or never. */
  process(dieAt = Number.POSITIVE_INFINITY): Process {
    return new Process(this, dieAt);
  }
}

const fieldsOf = (version: Version | undefined): SecretFields | undefined =>
  version && new Map([...version.fields].map(([name, text]) => [name, SecretValue.fromText(text)]));

export class Process {
  readonly world: World;
  readonly died: Promise<'died'>;
  readonly boundaries: string[] = [];
  dead = false;
  #die: (word: 'died') => void;
  readonly #dieAt: number;
  #holder = '';

  constructor(world: World, dieAt: number) {
    this.world = world;
    this.#dieAt = dieAt;
    const { promise, resolve } = Promise.withResolvers<'died'>();
    this.died = promise;
    this.#die = resolve;
  }

  /** Runs a command; `died` where the process met its end in it. */
  run(
    command: (parts: RotationParts, options: RotateOptions, context: RunContext, onEvent: () => void) => Promise<RotationOutcome>,
    more: Partial<RotateOptions> = {},
  ): Promise<RotationOutcome | 'died'> {
    const options: RotateOptions = {
      by: 'tester',
      wait: false,
      acceptDowntime: false,
      stop: new AbortController().signal,
      boundary: (boundary) => this.#boundary(boundary),
      ...more,
    };
    const { world } = this;
    const clock = { now: () => (world.now += 10), monotonic: () => performance.now(), timeZone: 'UTC' };
    const host = testHost({ clock });
    const context: RunContext = { host, signal: AbortSignal.timeout(60_000), deadline: performance.now() + 60_000 };
    return Promise.race([command(this.parts(), options, context, () => undefined), this.died]);
  }

  async #boundary(boundary: Boundary): Promise<void> {
    this.world.check(`${boundary.moment} ${boundary.kind} ${boundary.name}`);
    this.boundaries.push(`${boundary.moment} ${boundary.kind} ${boundary.name}`);
    if (this.boundaries.length - 1 !== this.#dieAt) return;
    this.dead = true;
    this.world.deadHolders.add(this.#holder);
    this.#die('died');
    // Like SIGKILL: nothing of this process runs any more, no `finally` either.
    await new Promise<never>(() => undefined);
  }

  parts(): RotationParts {
    const { world } = this;
    const { options } = world;
    const entry = secretEntry.parse({
      name: 'key',
      vault: { mount: 'kv', path: 'agents/key', ...(options.issuer === 'accounts' ? { accountField: 'user' } : {}) },
      issuer: { type: 'random' },
      overlap: options.overlapMs,
      verifyWithin: 0,
      batch: options.batch,
    });
    const verdict = (value: SecretValue): Verdict =>
      world.accepts(value.text()) ? { accepted: true, detail: 'accepted' } : { accepted: false, detail: 'refused' };
    return {
      entry,
      kv: {
        address: 'memory',
        metadata: async () => ({
          currentVersion: world.versions.length,
          versions: world.versions.map(({ createdAt }, index) => ({ version: index + 1, createdAt, gone: false })),
          customMetadata: Object.fromEntries(world.custom),
          keptVersions: 10,
          maxVersions: 0,
          casRequired: false,
        }),
        read: async (_at, version = world.versions.length) => {
          const found = world.versions[version - 1];
          const fields = fieldsOf(found);
          return found && fields ? { version, createdAt: found.createdAt, fields } : undefined;
        },
        write: async (_at, fields, cas) => {
          if (cas !== world.versions.length) throw new RotationFailure('conflict', 'check-and-set did not match');
          world.versions.push({ fields: new Map([...fields].map(([name, value]) => [name, value.text()])), createdAt: world.now });
          return { version: world.versions.length };
        },
        configure: async (_at, { customMetadata }) => {
          for (const [name, value] of Object.entries(customMetadata ?? {})) {
            if (value === null) world.custom.delete(name);
            else world.custom.set(name, value);
          }
        },
        list: async () => [],
        remove: async () => void world.versions.splice(0),
        readDocument: async () => ({ version: 0, document: undefined }),
        writeDocument: async () => 1,
      },
      lock: {
        description: (secret) => `lock ${secret}`,
        acquire: async (_secret, holder) => {
          if (world.lockHolder !== undefined && !world.deadHolders.has(world.lockHolder)) {
            return { held: { holder: world.lockHolder, since: world.now, expiresAt: world.now + 60_000 } };
          }
          world.lockHolder = holder;
          this.#holder = holder;
          world.epoch += 1;
          const release = async (): Promise<void> => {
            if (world.lockHolder === holder) world.lockHolder = undefined;
          };
          return { epoch: world.epoch, lost: new AbortController().signal, release };
        },
      },
      journal: {
        list: async () => [...world.journals.keys()].sort(),
        read: async (id) => {
          const found = world.journals.get(id);
          return found && { journal: JSON.parse(found.text) as RotationJournal, version: found.version };
        },
        write: async (journal, cas) => {
          const version = world.journals.get(journal.id)?.version ?? 0;
          if (cas !== version) throw new RotationFailure('conflict', 'the journal was written by another');
          world.journals.set(journal.id, { text: JSON.stringify(journal), version: version + 1 });
          return version + 1;
        },
        prune: async () => undefined,
      },
      audit: {
        append: async (record) => {
          const full = { ...record, seq: world.records.length + 1, previous: '', hash: '' };
          world.records.push(full);
          return full;
        },
        read: async () => world.records,
      },
      pending: {
        description: (secret) => `kv/agentops/pending/${secret}`,
        read: async (id) => {
          const found = world.pending.get(id);
          return found && { value: SecretValue.fromText(found.value), key: found.key, version: found.version };
        },
        write: async (id, value, key, cas) => {
          const version = world.pending.get(id)?.version ?? 0;
          if (cas !== version) throw new RotationFailure('conflict', 'pending was written by another');
          world.pending.set(id, { value: value.text(), key, version: version + 1 });
          return version + 1;
        },
        remove: async (id) => void world.pending.delete(id),
      },
      fingerprint: async (value) => createHmac('sha256', 'test').update(value.text()).digest('hex'),
      issuer: issuerOf(world),
      verifier: {
        type: 'memory',
        describe: () => 'ask the memory',
        verify: async ({ value }) =>
          options.trouble === 'verify' && value.text() !== 'value-0' ? { accepted: false, detail: 'refused' } : verdict(value),
      },
      consumers: [consumerOf(world)],
      notifiers: [],
    };
  }
}

function issuerOf(world: World): Issuer {
  const { issuer: kind } = world.options;
  const make = (): SecretValue => SecretValue.fromText(`value-${++world.made}`);
  const revoke: Issuer['revoke'] = async ({ key, value }) => {
    // Like a setter: what it is not told it cannot end.
    if (kind !== 'theirs' && !value) return { result: 'manual', detail: 'the value is not known' };
    const found = [...world.live].find(([text, each]) =>
      value && kind !== 'theirs' ? text === value.text() : each.name === key.name || (key.id !== undefined && each.id === key.id),
    );
    if (!found) return { result: 'gone', detail: 'was not there' };
    world.live.delete(found[0]);
    return { result: 'revoked', detail: 'deleted' };
  };
  const describe: Issuer['describe'] = () => ({ issue: 'make one', revoke: 'delete the old', objects: [] });
  if (kind === 'theirs') {
    return {
      type: 'theirs',
      origin: 'theirs',
      live: 'both',
      presentKey: { id: 'key-0' },
      describe,
      issue: async ({ name }) => {
        const value = make();
        const key = { id: `key-${world.made}`, name };
        world.live.set(value.text(), { ...key, enabled: true });
        return { value, key };
      },
      find: async (prefix) =>
        // Like OpenAI's list: it tells names, not what a creation answered.
        [...world.live.values()].flatMap(({ name }) => (name?.startsWith(prefix) ? [{ name }] : [])),
      revoke,
    };
  }
  const setEnabled =
    (enabled: boolean): NonNullable<Issuer['disable']> =>
    async ({ value }) => {
      const found = world.live.get(value?.text() ?? '');
      if (found) found.enabled = enabled;
    };
  return {
    type: 'ours',
    origin: 'ours',
    live: 'both',
    describe,
    generate: make,
    ...(kind === 'accounts' ? { nextKey: (current: IssuerKey | null) => ({ account: current?.account === 'a' ? 'b' : 'a' }) } : {}),
    issue: async ({ value, current }) => {
      const account = current?.account === 'a' ? 'b' : 'a';
      // Two accounts: whatever the idle one accepted before it does no more.
      if (kind === 'accounts') for (const [text, key] of world.live) if (key.account === account) world.live.delete(text);
      if (!value) throw new Error('no value to set');
      const key: IssuerKey = kind === 'accounts' ? { account } : {};
      world.live.set(value.text(), { ...key, enabled: true });
      return { value, key };
    },
    ...(kind === 'disabling' ? { disable: setEnabled(false), enable: setEnabled(true) } : {}),
    revoke,
  };
}

function consumerOf(world: World): Consumer {
  const { inPlace, trouble } = world.options;
  const text = (fields: SecretFields): string => fields.get('value')?.text() ?? '';
  const workload = (index: number, to: string, from: string, rotation: string): Workload => {
    const pod = world.pods[index];
    if (!pod) throw new Error('no such workload');
    const restart = (reference: string, annotation: string): void => {
      pod.annotation = annotation;
      pod.reference = reference;
      pod.restarting = true;
      world.mostRestarting = Math.max(world.mostRestarting, world.pods.filter(({ restarting }) => restarting).length);
    };
    return {
      label: `Deployment agents/w${index}`,
      start: async () => {
        if (pod.annotation !== rotation) restart(to, rotation);
      },
      finished: async () => {
        await Promise.resolve();
        const value = world.copies.get(pod.reference) ?? '';
        // The last workload cannot live with a new value.
        if (trouble === 'roll' && index === world.pods.length - 1 && value !== 'value-0')
          throw new RotationFailure('refused', 'pods crash');
        pod.value = value;
        pod.restarting = false;
      },
      restore: async () => {
        if (pod.annotation === rotation) restart(from, `${rotation}, undone`);
      },
    };
  };
  return {
    id: 'memory key',
    type: 'memory',
    inPlace,
    view: async (version) => ({
      sync: `Secret key-v${version}`,
      objects: [`Secret key-v${version}`],
      workloads: world.pods.map((_pod, index) => ({ label: `Deployment agents/w${index}`, pods: 1 })),
      warnings: [],
      blocked: undefined,
      notSeen: [],
    }),
    record: async (version) => ({
      id: 'memory key',
      from: world.pods[0]?.reference ?? 'key',
      to: inPlace ? 'key' : `key-v${version}`,
      workloads: [],
    }),
    sync: async ({ to }, { fields }) => void world.copies.set(to, text(fields)),
    workloads: ({ from, to }, { rotation }) => world.pods.map((_pod, index) => workload(index, to, from ?? 'key', rotation)),
    unsync: async ({ from }, { fields }) => {
      if (inPlace) world.copies.set(from ?? 'key', text(fields));
    },
    holds: async (fields) =>
      trouble === 'confirm'
        ? { holds: 'no', detail: 'it says so' }
        : { holds: world.pods.every(({ value }) => value === text(fields)) ? 'yes' : 'no', detail: '' },
    stillOn: async ({ from, to }, side) =>
      inPlace ? [] : world.pods.flatMap(({ reference }, index) => (reference === (side === 'from' ? from : to) ? [`w${index}`] : [])),
    cleanUp: async ({ from, to }, side) => {
      const name = side === 'from' ? from : to;
      // The first Secret is the user's own.
      if (!inPlace && name !== null && name !== 'key') world.copies.delete(name);
    },
  };
}
