import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SourceKind, UsageRecord } from '../../../model/usage.ts';
import { type Dimension, dimensions } from '../ledger.ts';

export interface Traits {
  readonly provider: string;
  readonly serviceTier: string;
  readonly geo: string;
  readonly longContext: boolean | undefined;
  readonly sidechain: boolean;
  readonly status: UsageRecord['status'];
}

export type Group = Readonly<Record<Dimension, string>> & { readonly source: SourceKind };

/** Ids of the names of a group's source and model. */
export interface Pair {
  readonly source: number;
  readonly model: number;
}

const cacheLimit = 200_000;

/**
 * Names and combinations of names as small integers, the same in every process
 * that uses the file. What was cached in a transaction that failed, or before
 * another process removed unused names, must be forgotten.
 */
export class Dictionary {
  readonly #groupIds = new Map<string, number>();
  readonly #traitIds = new Map<string, number>();
  readonly #groups = new Map<number, Group>();
  readonly #pairs = new Map<number, Pair>();
  readonly #traits = new Map<number, Traits>();
  readonly #names = new Map<number, string>();
  readonly #nameIds = new Map<string, number>();
  readonly #statements: Readonly<Record<string, StatementSync>>;
  #last: UsageRecord | undefined;
  #lastId = 0;

  constructor(db: DatabaseSync) {
    this.#statements = {
      addName: db.prepare('INSERT OR IGNORE INTO names (name) VALUES (?)'),
      nameId: db.prepare('SELECT id FROM names WHERE name = ?'),
      name: db.prepare('SELECT name FROM names WHERE id = ?'),
      addGroup: db.prepare('INSERT OR IGNORE INTO groups (source, model, agent, session, task, project) VALUES (?, ?, ?, ?, ?, ?)'),
      groupId: db.prepare(
        'SELECT id FROM groups WHERE source = ? AND model = ? AND agent = ? AND session = ? AND task = ? AND project = ?',
      ),
      group: db.prepare('SELECT source, model, agent, session, task, project FROM groups WHERE id = ?'),
      addTraits: db.prepare(
        'INSERT OR IGNORE INTO traits (provider, service_tier, geo, long_context, sidechain, status) VALUES (?, ?, ?, ?, ?, ?)',
      ),
      traitsId: db.prepare(
        'SELECT id FROM traits WHERE provider = ? AND service_tier = ? AND geo = ? AND long_context = ? AND sidechain = ? AND status = ?',
      ),
      traits: db.prepare('SELECT provider, service_tier, geo, long_context, sidechain, status FROM traits WHERE id = ?'),
    };
  }

  forget(): void {
    this.#last = undefined;
    for (const map of [this.#groupIds, this.#traitIds, this.#groups, this.#pairs, this.#traits, this.#names, this.#nameIds]) map.clear();
  }

  groupId(record: UsageRecord): number {
    const { source, model, agent, session, task, project } = record;
    const last = this.#last;
    // Most records follow one of the same session.
    if (
      last &&
      last.session === session &&
      last.model === model &&
      last.agent === agent &&
      last.project === project &&
      last.task === task &&
      last.source === source
    ) {
      return this.#lastId;
    }
    this.#last = record;
    this.#lastId = this.#groupIdOf(record);
    return this.#lastId;
  }

  #groupIdOf({ source, model, agent, session, task, project }: UsageRecord): number {
    const key = `${source}\n${model}\n${agent}\n${session}\n${task}\n${project}\n${model.length},${agent.length},${session.length},${task.length}`;
    const known = this.#groupIds.get(key);
    if (known !== undefined) return known;
    const ids = [source, model, agent, session, task, project].map((name) => this.#idOf(name));
    const id = this.#insert('addGroup', 'groupId', ids);
    remember(this.#groupIds, key, id);
    return id;
  }

  traitsId(record: UsageRecord): number {
    const { provider, serviceTier, geo, longContext, sidechain, status } = record;
    const key = `${provider}\n${serviceTier}\n${geo}\n${longContext}${sidechain}${status}`;
    const known = this.#traitIds.get(key);
    if (known !== undefined) return known;
    const values = [provider, serviceTier, geo, longContext === undefined ? '' : String(longContext), sidechain ? 1 : 0, status];
    const id = this.#insert('addTraits', 'traitsId', values);
    remember(this.#traitIds, key, id);
    return id;
  }

  group(id: number): Group {
    let group = this.#groups.get(id);
    if (!group) {
      const row = this.#statements.group?.get(id) ?? {};
      group = Object.fromEntries(dimensions.map((name) => [name, this.name(Number(row[name]))])) as unknown as Group;
      remember(this.#groups, id, group);
    }
    return group;
  }

  pair(group: number): Pair {
    let pair = this.#pairs.get(group);
    if (!pair) {
      const row = this.#statements.group?.get(group) ?? {};
      pair = { source: Number(row.source), model: Number(row.model) };
      remember(this.#pairs, group, pair);
    }
    return pair;
  }

  traits(id: number): Traits {
    let traits = this.#traits.get(id);
    if (!traits) {
      const row = this.#statements.traits?.get(id) ?? {};
      const longContext = row.long_context === '' ? undefined : row.long_context === 'true';
      traits = {
        provider: String(row.provider),
        serviceTier: String(row.service_tier),
        geo: String(row.geo),
        longContext,
        sidechain: Number(row.sidechain) === 1,
        status: String(row.status) as Traits['status'],
      };
      remember(this.#traits, id, traits);
    }
    return traits;
  }

  name(id: number): string {
    let name = this.#names.get(id);
    if (name === undefined) {
      name = String(this.#statements.name?.get(id)?.name ?? '');
      remember(this.#names, id, name);
    }
    return name;
  }

  /** Ids of those names that the ledger knows. */
  idsOf(names: readonly string[]): number[] {
    return names.flatMap((name) => {
      const id = this.#statements.nameId?.get(name)?.id;
      return id === undefined ? [] : [Number(id)];
    });
  }

  #idOf(name: string): number {
    let id = this.#nameIds.get(name);
    if (id === undefined) {
      id = this.#insert('addName', 'nameId', [name]);
      remember(this.#nameIds, name, id);
    }
    return id;
  }

  #insert(add: string, find: string, values: readonly (string | number)[]): number {
    const found = this.#statements[find]?.get(...values);
    if (found) return Number(found.id);
    return Number(this.#statements[add]?.run(...values).lastInsertRowid);
  }
}

function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (map.size >= cacheLimit) map.clear();
  map.set(key, value);
}
