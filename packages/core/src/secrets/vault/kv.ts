import { type HttpAnswer, sleep } from '../../evidence/transport.ts';
import { refuseUnlessKv2 } from '../../evidence/vault/mount.ts';
import { RotationFailure } from '../failure.ts';
import type { KvMetadata, KvPath, KvRead, KvStore, RunContext } from '../ports.ts';
import { type SecretFields, wipeFields } from '../value.ts';
import { fieldsOf, writeBody } from './fields.ts';
import { locateValue, type MountConfig, parseConfig, parseJson, parseMetadata, parseNames, parseWritten } from './kv-answers.ts';
import { isAbsent, metadataLimits, refusal, unreadable } from './outcome.ts';
import { mountSegments, placeOf, segmentsOf } from './paths.ts';
import type { Wire, WireCall } from './wire.ts';

/** What all views of one session's KV share. */
interface Shared {
  readonly address: string;
  readonly wire: Wire;
  /** Mounts that were seen to be KV v2. */
  readonly mounts: Map<string, Promise<void>>;
  readonly configs: Map<string, Promise<MountConfig | undefined>>;
  /** Highest version of a key that was written here: a standby may lag behind it. */
  readonly written: Map<string, number>;
  readonly onClose: (() => void)[];
}

/** How long a read waits for a node to show what was written here, ms. */
const catchUpMs = 10_000;

/** KV v2 over {@link Wire}. */
export class VaultKv implements KvStore {
  readonly #shared: Shared;
  readonly #context: RunContext;

  private constructor(shared: Shared, context: RunContext) {
    this.#shared = shared;
    this.#context = context;
  }

  static open(wire: Wire, address: string, context: RunContext): VaultKv {
    return new VaultKv({ address, wire, mounts: new Map(), configs: new Map(), written: new Map(), onClose: [] }, context);
  }

  get address(): string {
    return this.#shared.address;
  }

  /** The same store under another deadline. */
  during(context: RunContext): VaultKv {
    return new VaultKv(this.#shared, context);
  }

  /** `wipe` is called when the session closes. */
  onClose(wipe: () => void): void {
    this.#shared.onClose.push(wipe);
  }

  close(): void {
    for (const wipe of this.#shared.onClose.splice(0)) wipe();
  }

  async metadata(at: KvPath): Promise<KvMetadata | undefined> {
    const config = await this.#mountConfig(at.mount);
    const { now } = this.#context.host.clock;
    return this.#caughtUp(at, async () => {
      const call = this.#call(at, 'metadata');
      const answer = await this.#send({ ...call, accept: [404] });
      if (answer.status === 404) return this.#absent(answer, call);
      return parseMetadata(answer.body, config, now()) ?? this.#unreadable(call);
    });
  }

  async read(at: KvPath, version?: number): Promise<KvRead | undefined> {
    const found = await this.#readData(at, version, (body, span) => fieldsOf(body, span), wipeFields);
    return found?.value && { version: found.version, createdAt: found.createdAt, fields: found.value };
  }

  async write(at: KvPath, fields: SecretFields, cas: number): Promise<{ readonly version: number }> {
    return { version: await this.#writeData(at, writeBody(fields, cas), cas) };
  }

  async readDocument(at: KvPath): Promise<{ readonly version: number; readonly document: unknown }> {
    const found = await this.#readData(at, undefined, (body, span) => parseJson(body.subarray(span.start, span.end)));
    return { version: found?.version ?? 0, document: found?.value };
  }

  async writeDocument(at: KvPath, document: object, cas: number): Promise<number> {
    return this.#writeData(at, Buffer.from(JSON.stringify({ options: { cas }, data: document })), cas);
  }

  async configure(
    at: KvPath,
    settings: { readonly maxVersions?: number; readonly customMetadata?: Readonly<Record<string, string | null>> },
  ): Promise<void> {
    const { maxVersions, customMetadata: change } = settings;
    const before = await this.metadata(at);
    const merged = withoutNulls({ ...before?.customMetadata, ...change });
    // Merging could go beyond the limits without a word from Vault; later writes of all entries would fail then.
    if (change && !isWithinLimits(merged)) {
      throw new RotationFailure('operator', `${placeOf(at)}: its custom metadata would be over Vault's limits`, { hint: metadataLimits });
    }
    const limit = maxVersions === undefined ? {} : { max_versions: maxVersions };
    const call = this.#call(at, 'metadata');
    if (before) {
      const body = { ...limit, ...(change ? { custom_metadata: change } : {}) };
      // 403, 405: no capability "patch", or a server that cannot; 404: removed just now.
      const accept = [403, 404, 405, 415];
      const contentType = 'application/merge-patch+json';
      if ((await this.#send({ ...call, method: 'PATCH', body, contentType, accept })).status < 300) return;
    }
    const body = { ...limit, ...(change ? { custom_metadata: merged } : {}) };
    await this.#send({ ...call, method: 'POST', body, needs: before ? ['update'] : ['create', 'update'] });
  }

  async list(at: KvPath): Promise<readonly string[]> {
    const call: WireCall = { ...this.#call(at, 'metadata'), list: true };
    await this.#isKv2(at.mount);
    const answer = await this.#send({ ...call, accept: [404] });
    return answer.status === 404 ? (this.#absent(answer, call) ?? []) : (parseNames(answer.body) ?? this.#unreadable(call));
  }

  async remove(at: KvPath): Promise<void> {
    const call = this.#call(at, 'metadata');
    await this.#isKv2(at.mount);
    const answer = await this.#send({ ...call, method: 'DELETE', accept: [404] });
    if (answer.status === 404) this.#absent(answer, call);
    this.#shared.written.delete(placeOf(at));
  }

  async #writeData(at: KvPath, body: Buffer, cas: number): Promise<number> {
    try {
      await this.#isKv2(at.mount);
      const call: WireCall = { ...this.#call(at, 'data'), method: 'POST', body, needs: [cas === 0 ? 'create' : 'update'] };
      const answer = await this.#send(call);
      const version = parseWritten(answer.body)?.version ?? this.#unreadable(call);
      this.#shared.written.set(placeOf(at), version);
      return version;
    } finally {
      body.fill(0);
    }
  }

  /** `value` undefined: that version has none any more. Undefined: there is none of that number. */
  #readData<T>(
    at: KvPath,
    version: number | undefined,
    take: (body: Buffer, span: { start: number; end: number }) => T,
    drop?: (value: T) => void,
  ): Promise<{ version: number; createdAt: number; value: T | undefined } | undefined> {
    const call: WireCall = {
      ...this.#call(at, 'data'),
      accept: [404],
      ...(version === undefined ? {} : { query: { version: `${version}` } }),
    };
    const once = async (): Promise<{ version: number; createdAt: number; value: T | undefined } | undefined> => {
      const answer = await this.#send(call);
      try {
        const located = locateValue(answer.body);
        if (!located) return answer.status === 404 ? this.#absent(answer, call) : this.#unreadable(call);
        const value = located.value && take(answer.body, located.value);
        if (located.value && value === undefined) return this.#unreadable(call);
        return { version: located.version, createdAt: located.createdAt, value };
      } finally {
        answer.body.fill(0);
      }
    };
    return this.#isKv2(at.mount).then(() => this.#caughtUp(at, once, version, (stale) => stale.value !== undefined && drop?.(stale.value)));
  }

  /** Asks until the answer is not older than what was written here (OpenBao's standbys may lag). */
  async #caughtUp<T extends { readonly version: number } | KvMetadata>(
    at: KvPath,
    once: () => Promise<T | undefined>,
    asked?: number,
    drop?: (stale: T) => void,
  ): Promise<T | undefined> {
    const { clock } = this.#context.host;
    const floor = this.#shared.written.get(placeOf(at)) ?? 0;
    const giveUpAt = Math.min(this.#context.deadline - 100, clock.monotonic() + catchUpMs);
    for (let wait = 50; ; wait = Math.min(1000, wait * 2)) {
      const found = await once();
      const version = found === undefined ? 0 : 'version' in found ? found.version : found.currentVersion;
      // An older version, or one that nobody wrote here, may well not be there.
      if (version >= floor || (asked !== undefined && asked !== floor)) return found;
      if (found !== undefined) drop?.(found);
      if (clock.monotonic() + wait > giveUpAt || this.#context.signal.aborted) {
        const detail = `Vault, ${placeOf(at)}: version ${floor} was written, but is not served (removed since, or a standby that lags)`;
        throw new RotationFailure('transient', detail);
      }
      await sleep(wait, this.#context.signal);
    }
  }

  /** Undefined: the token may not read it. */
  async #mountConfig(mount: string): Promise<MountConfig | undefined> {
    await this.#isKv2(mount);
    return once(this.#shared.configs, mount, async () => {
      const call: WireCall = { path: [...mountSegments(mount), 'config'] };
      const answer = await this.#send({ ...call, accept: [403] });
      return answer.status === 403 ? undefined : (parseConfig(answer.body) ?? this.#unreadable(call));
    });
  }

  /** Throws where the mount is not KV v2: on v1 a check-and-set would be stored as if it were the secret. */
  #isKv2(mount: string): Promise<void> {
    return once(this.#shared.mounts, mount, async () => {
      const { wire } = this.#shared;
      const token = '';
      const refused = await refuseUnlessKv2({ json: wire.json(this.#context) }, mountSegments(mount), token);
      if (!refused) return;
      const kind = refused.reason === 'invalid' ? 'operator' : 'transient';
      const hint = kind === 'operator' ? 'see vault.mount in agentops.yaml' : '`agentops rbac --vault --for secrets` prints the policy';
      throw new RotationFailure(kind, `Vault: ${refused.detail}`, { hint });
    });
  }

  #call(at: KvPath, kind: 'data' | 'metadata'): WireCall {
    // A folder is listed from the mount itself, too.
    const path = at.path === '' && kind === 'metadata' ? [] : segmentsOf(at.path);
    return { path: [...mountSegments(at.mount), kind, ...path] };
  }

  #send(call: WireCall): Promise<HttpAnswer> {
    return this.#shared.wire.send(call, this.#context);
  }

  /** Undefined for "it is not there"; a 404 that means a wrong address is thrown. */
  #absent(answer: HttpAnswer, call: WireCall): undefined {
    if (!isAbsent(answer)) throw refusal(answer, this.#shared.wire.subject(call));
    return undefined;
  }

  #unreadable(call: WireCall): never {
    throw unreadable(this.#shared.wire.subject(call));
  }
}

/** One attempt for all who ask; a failed one is not remembered. */
function once<T>(memory: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = memory.get(key);
  if (known) return known;
  const made = make();
  memory.set(key, made);
  made.catch(() => memory.delete(key));
  return made;
}

function withoutNulls(entries: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== null));
}

function isWithinLimits(metadata: Readonly<Record<string, string>>): boolean {
  const entries = Object.entries(metadata);
  const fits = (text: string, most: number): boolean => {
    const length = Buffer.byteLength(text);
    return length >= 1 && length <= most && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);
  };
  return entries.length <= 64 && entries.every(([key, value]) => fits(key, 128) && fits(value, 512));
}
