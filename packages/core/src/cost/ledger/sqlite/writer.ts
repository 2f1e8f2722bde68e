import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { UsageRecord } from '../../../model/usage.ts';
import type { PriceBook } from '../../prices/price-book.ts';
import { outranks } from '../rank.ts';
import { addDelta, addTo, type Charge, chargeOf, countColumns, type Delta, emptyDelta, isZero, quarterOf } from '../sums.ts';
import { digestOf, hashOf, idOf, saltOf } from './hash.ts';
import { KeyIndex } from './keys.ts';
import type { Dictionary, Pair } from './names.ts';
import { chargeOfRow, type RecordRow, recordColumns, recordOfRow, selectRecord } from './rows.ts';
import { splitMoneyColumns } from './schema.ts';

export type Written = 'counted' | 'duplicate' | 'too-dear';

const micro = 1_000_000n;

/** Records and their rollups inside one transaction: `add` as often as needed, then `flush` before the commit. */
export class RecordWriter {
  readonly #names: Dictionary;
  readonly #insert: StatementSync;
  readonly #keys: KeyIndex;
  readonly #find: StatementSync;
  readonly #remove: StatementSync;
  readonly #compacted: StatementSync;
  readonly #rollups: RollupStatements;
  readonly #modelRollups: RollupStatements;
  readonly #deltas = new Map<number, Map<number, Delta>>();
  /** Set by {@link begin}. */
  #hasCompacted = false;
  #retainedFrom = 0;
  #bookId = 0;

  constructor(db: DatabaseSync, names: Dictionary, mostRecentKeys?: number) {
    this.#names = names;
    this.#insert = db.prepare(
      `INSERT OR IGNORE INTO records (${recordColumns.join(', ')}) VALUES (${recordColumns.map(() => '?').join(', ')})`,
    );
    this.#keys = new KeyIndex(db, mostRecentKeys);
    this.#find = db.prepare(`${selectRecord} WHERE id = ?`);
    this.#find.setReadBigInts(true);
    this.#remove = db.prepare('DELETE FROM records WHERE id = ?');
    this.#compacted = db.prepare('SELECT 1 FROM compacted WHERE digest = ?');
    this.#rollups = rollupStatements(db, 'rollups', ['quarter', 'grp']);
    this.#modelRollups = rollupStatements(db, 'model_rollups', ['quarter', 'source', 'model']);
  }

  begin(state: { readonly bookId: number; readonly hasCompacted: boolean; readonly retainedFrom: number }): void {
    this.#deltas.clear();
    this.#keys.begin();
    this.#bookId = state.bookId;
    this.#hasCompacted = state.hasCompacted;
    this.#retainedFrom = state.retainedFrom;
  }

  add(record: UsageRecord, book: PriceBook): Written {
    // What retention removed stays removed, whoever reads its file again.
    if (record.at < this.#retainedFrom) return 'duplicate';
    const charge = chargeOf(book, record);
    if (!charge) return 'too-dear';
    if (this.#hasCompacted && this.#compacted.get(digestOf(record.source, record.key))) return 'duplicate';
    const group = this.#names.groupId(record);
    for (let hash = hashOf(record.source, record.key); ; hash += 1n) {
      const known = this.#keys.claim(hash, idOf(record.at, saltOf(hash)));
      if (known === undefined) {
        this.#insertRecord(record, group, charge, hash);
        this.#count(record, group, charge, 1);
        return 'counted';
      }
      const row = this.#find.get(known) as RecordRow | undefined;
      if (!row) throw new Error('a key leads to no record');
      const existing = recordOfRow(row, this.#names);
      if (existing.key !== record.key || existing.source !== record.source) continue;
      if (outranks(record, existing)) {
        this.#remove.run(row.id);
        this.#count(existing, Number(row.grp), chargeOfRow(row), -1);
        this.#insertRecord(record, group, charge, hash, row.id);
        this.#count(record, group, charge, 1);
      }
      return 'duplicate';
    }
  }

  /** Under the id that its hash suggests; of two records of one millisecond with the same low bits the second goes beside it. `claimed`: what the index says now. */
  #insertRecord(record: UsageRecord, group: number, charge: Charge, hash: bigint, claimed?: bigint): void {
    const { tokens } = record;
    const traits = this.#names.traitsId(record);
    const [input, output, cacheRead, cacheWrite5m, cacheWrite1h, webSearch] = charge.cost;
    const first = saltOf(hash);
    for (let salt = first; ; salt++) {
      const id = idOf(record.at, salt);
      const { changes } = this.#insert.run(
        id,
        record.key,
        group,
        traits,
        this.#bookId,
        tokens.input,
        tokens.output,
        tokens.cacheRead,
        tokens.cacheWrite5m,
        tokens.cacheWrite1h,
        record.reasoning,
        record.requests,
        record.webSearches,
        record.latencyMs,
        record.claimedPico,
        charge.unpriced,
        input,
        output,
        cacheRead,
        cacheWrite5m,
        cacheWrite1h,
        webSearch,
      );
      if (changes === 0) continue;
      if (salt !== first || (claimed !== undefined && claimed !== id)) this.#keys.move(hash, id);
      return;
    }
  }

  #count(record: UsageRecord, group: number, charge: Charge, sign: 1 | -1): void {
    addTo(this.delta(quarterOf(record.at), group), record, charge, sign);
  }

  /** The pending change of one rollup row. */
  delta(quarter: number, group: number): Delta {
    let groups = this.#deltas.get(quarter);
    if (!groups) {
      groups = new Map();
      this.#deltas.set(quarter, groups);
    }
    let delta = groups.get(group);
    if (!delta) {
      delta = emptyDelta();
      groups.set(group, delta);
    }
    return delta;
  }

  /** Writes the pending changes of the rollups. */
  flush(): void {
    for (const [quarter, groups] of this.#deltas) {
      const models = new Map<string, { readonly pair: Pair; readonly delta: Delta }>();
      for (const [group, delta] of groups) {
        if (isZero(delta)) continue;
        writeRollup(this.#rollups, [quarter, group], delta);
        const pair = this.#names.pair(group);
        const key = `${pair.source} ${pair.model}`;
        const sums = models.get(key);
        if (sums) addDelta(sums.delta, delta);
        else models.set(key, { pair, delta });
      }
      for (const { pair, delta } of models.values()) writeRollup(this.#modelRollups, [quarter, pair.source, pair.model], delta);
    }
    this.#deltas.clear();
    this.#keys.settle();
  }
}

interface RollupStatements {
  readonly add: StatementSync;
  readonly removeEmpty: StatementSync;
}

function rollupStatements(db: DatabaseSync, table: string, key: readonly string[]): RollupStatements {
  const columns = [...countColumns, ...splitMoneyColumns];
  const all = [...key, ...columns];
  return {
    add: db.prepare(
      `INSERT INTO ${table} (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')})
       ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${columns.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`,
    ),
    removeEmpty: db.prepare(`DELETE FROM ${table} WHERE ${key.map((name) => `${name} = ?`).join(' AND ')} AND records = 0`),
  };
}

function writeRollup({ add, removeEmpty }: RollupStatements, key: readonly number[], delta: Delta): void {
  const money = delta.money.flatMap((value): (number | bigint)[] => (value === 0n ? [0, 0] : [value / micro, value % micro]));
  add.run(...key, ...delta.counts, ...money);
  if ((delta.counts[0] ?? 0) < 0) removeEmpty.run(...key);
}
