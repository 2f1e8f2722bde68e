import { z } from 'zod';
import type { Config } from '../../config/schema.ts';
import { nameInFolder } from '../../config/secret-names.ts';
import type { SecretEntry } from '../../config/secrets.ts';
import { available, type Evidence, type Unavailable } from '../../model/evidence.ts';
import { type RotationJournal, rotationJournal } from '../../model/rotation.ts';
import type { RotationLock, SecretRotations, VaultRotations } from '../../model/servers.ts';
import { atOnce } from '../../secrets/at-once.ts';
import { type Failure, unavailableFrom } from '../failure.ts';
import type { VaultClient, VaultResult } from './client.ts';
import { parseList } from './metadata.ts';
import { refuseUnlessKv2 } from './mount.ts';
import { folderOf } from './rotation-paths.ts';
import { readable } from './watched.ts';

/** Requests in flight. */
const parallel = 8;
/** Journals read a secret: the newest tells how it stands; those before it, what was. */
const journalsRead = 3;

/** A configured secret, or with a pattern all whose names begin with this one. */
interface Sought {
  readonly mount: string;
  readonly name: string;
  readonly pattern: boolean;
  readonly root?: { readonly maxAge: number };
}

/**
 * How the rotations of the configured secrets stand: their journals at
 * `<mount>/<folder>/rotations/<secret>/<run>`, and who holds the lock. Nothing
 * else is read, so no value. Entries without an issuer have no rotations. The
 * caller has checked the namespace.
 */
export async function readRotations(
  client: VaultClient,
  config: Pick<Config, 'secrets' | 'rotation'>,
  token: string,
): Promise<Evidence<VaultRotations>> {
  const source = `vault ${client.address}`;
  const times = readable(() => ({ lockFor: config.rotation.lockFor, timeout: config.rotation.timeout, lock: config.rotation.lock.type }));
  if (!times || 'ok' in times) return times ?? unavailableFrom(invalid('the configuration cannot be read'), source);
  const folder = folderOf(config).split('/');
  const gaps: Unavailable[] = [];
  const sought = config.secrets.flatMap((entry): Sought[] => {
    const found = readable(() => soughtOf(entry, config));
    if (found && 'ok' in found) gaps.push(found);
    return found && !('ok' in found) ? [found] : [];
  });
  const byMount = [...Map.groupBy(sought, ({ mount }) => mount)];
  const reader = new Reader(client, token, folder, source, gaps);
  const found = await Promise.all(byMount.map(([mount, group]) => reader.mount(mount, group, times.lock === 'vault')));
  const secrets = found.flat().sort((a, b) => (a.secret < b.secret ? -1 : 1));
  const [first] = gaps;
  if (first && secrets.length === 0)
    return gaps.length === 1 ? first : { ...first, detail: `${first.detail} (and ${gaps.length - 1} more)` };
  return available(source, { secrets, lockFor: times.lockFor, timeout: times.timeout }, gaps);
}

function soughtOf({ name, maxAge, vault, issuer }: SecretEntry, config: Pick<Config, 'rotation'>): Sought | Unavailable | undefined {
  if (!issuer) return undefined;
  const mount = (config.rotation.mount ?? vault?.mount ?? '').split('/').filter((part) => part !== '');
  if (mount.length > 0) {
    return { mount: mount.join('/'), name, pattern: vault?.path.endsWith('*') ?? false, ...(vault ? {} : { root: { maxAge } }) };
  }
  const detail = `nothing says where the rotations of ${name} are recorded`;
  return { ok: false, reason: 'invalid', source: 'agentops.yaml', detail, hint: 'set rotation.mount' };
}

/** Names of what a pattern covers begin so. */
function prefixOf({ name }: Sought): string {
  return nameInFolder(name, 'x').slice(0, -1);
}

class Reader {
  readonly #client: VaultClient;
  readonly #token: string;
  readonly #folder: readonly string[];
  readonly #source: string;
  readonly #gaps: Unavailable[];

  constructor(client: VaultClient, token: string, folder: readonly string[], source: string, gaps: Unavailable[]) {
    this.#client = client;
    this.#token = token;
    this.#folder = folder;
    this.#source = source;
    this.#gaps = gaps;
  }

  async mount(mount: string, sought: readonly Sought[], locks: boolean): Promise<readonly SecretRotations[]> {
    const refused = await refuseUnlessKv2(this.#client, mount.split('/'), this.#token);
    if (refused) {
      this.#gaps.push(unavailableFrom(refused, this.#source, { hint: 'see rotation.mount in agentops.yaml' }));
      return [];
    }
    const there = await this.#list(mount, ['rotations']);
    if (!there) return [];
    const folders = there.filter((name) => name.endsWith('/')).map((name) => name.slice(0, -1));
    const covered = folders.filter((secret) => sought.some((one) => one.pattern && secret.startsWith(prefixOf(one))));
    const named = sought.filter(({ pattern }) => !pattern);
    const names = [...new Set([...named.map(({ name }) => name), ...covered])];
    const read = await atOnce(names, parallel, async (secret): Promise<SecretRotations | undefined> => {
      const rotations = folders.includes(secret) ? await this.#secret(mount, secret, locks) : { secret, journals: [], lock: null };
      const root = named.find(({ name }) => name === secret)?.root;
      return rotations && root ? { ...rotations, root } : rotations;
    });
    return read.filter((one) => one !== undefined);
  }

  /** Undefined where its journals could not be seen. */
  async #secret(mount: string, secret: string, locks: boolean): Promise<SecretRotations | undefined> {
    const runs = await this.#list(mount, ['rotations', secret]);
    if (!runs) return undefined;
    const newest = runs
      .filter((run) => !run.endsWith('/'))
      .sort()
      .reverse()
      .slice(0, journalsRead);
    const journals: RotationJournal[] = [];
    for (const run of newest) {
      const journal = await this.#journal(mount, secret, run);
      // Those before it do not tell how it stands.
      if (!journal) break;
      journals.push(journal);
    }
    if (newest.length > 0 && journals.length === 0) return undefined;
    return { secret, journals, lock: locks ? await this.#lock(mount, secret) : undefined };
  }

  async #journal(mount: string, secret: string, run: string): Promise<RotationJournal | undefined> {
    const path = ['rotations', secret, run];
    const document = await this.#read(mount, path);
    if (!document.ok) {
      this.#refuse(mount, 'read', path, document);
      return undefined;
    }
    const parsed = rotationJournal.safeParse(document.data).data;
    if (parsed && parsed.id === `${secret}/${run}` && parsed.secret === secret) return parsed;
    const detail = `${this.#place(mount, path)} is no journal of a rotation that this version of agentops knows`;
    this.#gaps.push(unavailableFrom(invalid(detail), this.#source, { hint: `vault kv get ${this.#place(mount, path)}` }));
    return undefined;
  }

  /** Undefined where it was not seen: whoever judges must do without. */
  async #lock(mount: string, secret: string): Promise<RotationLock | null | undefined> {
    const answer = await this.#read(mount, ['locks', secret]);
    if (!answer.ok) return answer.failure.reason === 'absent' ? null : undefined;
    const parsed = lockDocument.safeParse(answer.data).data;
    if (!parsed) return undefined;
    if (parsed.holder === null) return null;
    return { holder: parsed.holder, since: Date.parse(parsed.since), expiresAt: Date.parse(parsed.expiresAt) };
  }

  async #read(mount: string, path: readonly string[]): Promise<VaultResult> {
    const answer = await this.#client.json({ path: [...mount.split('/'), 'data', ...this.#folder, ...path], token: this.#token });
    if (!answer.ok) return answer;
    return { ok: true, data: dataAnswer.safeParse(answer.data).data?.data.data };
  }

  /** Undefined where it may not be listed; empty where nothing is there. */
  async #list(mount: string, path: readonly string[]): Promise<readonly string[] | undefined> {
    const call = { path: [...mount.split('/'), 'metadata', ...this.#folder, ...path], list: true, token: this.#token };
    const answer = await this.#client.json(call);
    if (!answer.ok) {
      if (answer.failure.reason === 'absent') return [];
      this.#refuse(mount, 'list', path, answer);
      return undefined;
    }
    const names = parseList(answer.data);
    if (!names) this.#gaps.push(unavailableFrom(invalid(`the list of ${this.#place(mount, path)} cannot be read`), this.#source));
    return names;
  }

  #refuse(mount: string, capability: 'read' | 'list', path: readonly string[], { failure }: VaultResult & { ok: false }): void {
    const place = this.#place(mount, path);
    if (failure.reason !== 'forbidden') {
      this.#gaps.push(unavailableFrom({ ...failure, detail: `${place}: ${failure.detail}` }, this.#source));
      return;
    }
    const kind = capability === 'list' ? 'metadata' : 'data';
    const at = `${mount}/${kind}/${[...this.#folder, ...path].join('/')}`;
    const own = `${mount}/%/${this.#folder.join('/')}`;
    const hint = `policy: ${[
      `path "${own.replace('%', 'metadata')}/*" { capabilities = ["list"] }`,
      ...['rotations', 'locks'].map((part) => `path "${own.replace('%', 'data')}/${part}/*" { capabilities = ["read"] }`),
    ].join(' ')}`;
    this.#gaps.push(
      unavailableFrom({ reason: 'forbidden', detail: `needs "${capability}" on ${at}`, phase: 'http' }, this.#source, { hint }),
    );
  }

  #place(mount: string, path: readonly string[]): string {
    return [mount, ...this.#folder, ...path].join('/');
  }
}

const dataAnswer = z.object({ data: z.object({ data: z.unknown() }) });
const lockDocument = z.object({ holder: z.string().nullable(), since: z.iso.datetime(), expiresAt: z.iso.datetime() });

function invalid(detail: string): Failure {
  return { reason: 'invalid', detail, phase: 'http' };
}
