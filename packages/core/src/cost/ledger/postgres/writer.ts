import type { UsageRecord } from '../../../model/usage.ts';
import type { PriceBook } from '../../prices/price-book.ts';
import { outranks } from '../rank.ts';
import { addTo, type Charge, chargeOf, countColumns, type Delta, emptyDelta, isZero, moneyColumns, quarterOf } from '../sums.ts';
import type { Query, Row } from './connection.ts';
import { chargeOfRow, columnsOf, digestOf, groupIdOf, recordColumns, recordOfRow, recordTypes, selectRecord, valuesOf } from './rows.ts';

/** Pending changes of rollups, by quarter hour and group. */
export class Deltas {
  readonly #rows = new Map<string, { readonly quarter: number; readonly group: string; readonly delta: Delta }>();

  of(quarter: number, group: string): Delta {
    const key = `${String(quarter).padStart(9, '0')} ${group}`;
    let row = this.#rows.get(key);
    if (!row) {
      row = { quarter, group, delta: emptyDelta() };
      this.#rows.set(key, row);
    }
    return row.delta;
  }

  /** In the order of the primary key, so that two writers never wait for each other in a circle. */
  async flush(query: Query): Promise<void> {
    const rows = [...this.#rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
    const changed = rows.filter(({ delta }) => !isZero(delta));
    if (changed.length === 0) return;
    const columns = [...countColumns, ...moneyColumns];
    const types = ['bigint', 'uuid', ...countColumns.map(() => 'bigint'), ...moneyColumns.map(() => 'numeric')];
    await query(
      `INSERT INTO agentops_rollups AS t (quarter, grp, ${columns.join(', ')})
       SELECT * FROM unnest(${types.map((type, i) => `$${i + 1}::${type}[]`).join(', ')})
       ON CONFLICT (quarter, grp) DO UPDATE SET ${columns.map((name) => `${name} = t.${name} + excluded.${name}`).join(', ')}`,
      columnsOf(
        changed.map(({ quarter, group, delta }) => [quarter, group, ...delta.counts, ...delta.money.map(String)]),
        types.length,
      ),
    );
    const emptied = changed.filter(({ delta }) => (delta.counts[0] ?? 0) < 0);
    if (emptied.length === 0) return;
    await query(
      `DELETE FROM agentops_rollups t USING unnest($1::bigint[], $2::uuid[]) AS e (quarter, grp)
       WHERE t.quarter = e.quarter AND t.grp = e.grp AND t.records = 0`,
      columnsOf(
        emptied.map(({ quarter, group }) => [quarter, group]),
        2,
      ),
    );
  }
}

interface Candidate {
  readonly record: UsageRecord;
  readonly charge: Charge;
  readonly group: string;
  readonly id: string;
}

export interface WrittenRecords {
  /** Keys that are new. */
  readonly counted: ReadonlySet<string>;
  readonly tooDear: readonly UsageRecord[];
}

export function recordId(record: Pick<UsageRecord, 'source' | 'key'>): string {
  return `${record.source}\n${record.key}`;
}

/** Writes fitted records and their rollups, inside one transaction. */
export async function writeRecords(
  query: Query,
  book: PriceBook,
  records: readonly UsageRecord[],
  state: { readonly hasCompacted: boolean; readonly retainedFrom: number },
): Promise<WrittenRecords> {
  const best = new Map<string, Candidate>();
  const tooDear: UsageRecord[] = [];
  for (const record of records) {
    if (record.at < state.retainedFrom) continue;
    const id = recordId(record);
    const known = best.get(id);
    if (known && !outranks(record, known.record)) continue;
    const charge = chargeOf(book, record);
    if (charge) best.set(id, { record, charge, group: groupIdOf(record), id });
    else tooDear.push(record);
  }
  if (state.hasCompacted) await dropCompacted(query, best);
  const candidates = [...best.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (candidates.length === 0) return { counted: new Set(), tooDear };
  await insertGroups(query, candidates);

  const columns = recordColumns.join(', ');
  const inserted = await query(
    `INSERT INTO agentops_records (${columns}) SELECT * FROM unnest(${unnestRecord})
     ON CONFLICT (source, key) DO NOTHING RETURNING source, key`,
    columnsOf(
      candidates.map(({ record, group, charge }) => valuesOf(record, group, charge, book.version)),
      recordColumns.length,
    ),
  );
  const counted = new Set(inserted.map((row) => `${String(row.source)}\n${String(row.key)}`));
  const deltas = new Deltas();
  const count = (record: UsageRecord, group: string, charge: Charge, sign: 1 | -1): void =>
    addTo(deltas.of(quarterOf(record.at), group), record, charge, sign);
  for (const { id, record, group, charge } of candidates) if (counted.has(id)) count(record, group, charge, 1);

  const winners: Candidate[] = [];
  for (const row of await existingRows(
    query,
    candidates.filter(({ id }) => !counted.has(id)),
  )) {
    const existing = recordOfRow(row);
    const candidate = best.get(recordId(existing));
    if (!candidate || !outranks(candidate.record, existing)) continue;
    winners.push(candidate);
    count(existing, String(row.grp), chargeOfRow(row), -1);
    count(candidate.record, candidate.group, candidate.charge, 1);
  }
  await replaceRecords(query, book, winners);
  await deltas.flush(query);
  return { counted, tooDear };
}

const unnestRecord = Object.values(recordTypes)
  .map((type, i) => `$${i + 1}::${type}[]`)
  .join(', ');

async function dropCompacted(query: Query, best: Map<string, Candidate>): Promise<void> {
  const byDigest = new Map([...best.values()].map(({ record, id }) => [digestOf(record.source, record.key), id]));
  for (const { digest } of await query('SELECT digest FROM agentops_compacted WHERE digest = ANY($1::uuid[])', [[...byDigest.keys()]])) {
    best.delete(byDigest.get(String(digest)) ?? '');
  }
}

async function insertGroups(query: Query, candidates: readonly Candidate[]): Promise<void> {
  const groups = new Map(candidates.map(({ group, record }) => [group, record]));
  const rows = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { source, model, agent, session, task, project }]) => [id, source, model, agent, session, task, project]);
  await query(
    `INSERT INTO agentops_groups (id, source, model, agent, session, task, project)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) ON CONFLICT (id) DO NOTHING`,
    columnsOf(rows, 7),
  );
}

/** Rows of known keys, locked until the transaction ends, in the order in which every writer locks them. */
function existingRows(query: Query, candidates: readonly Candidate[]): Promise<Row[]> {
  if (candidates.length === 0) return Promise.resolve([]);
  return query(
    `${selectRecord} JOIN unnest($1::text[], $2::text[]) AS k (source, key) ON k.source = r.source AND k.key = r.key
     ORDER BY r.source, r.key FOR UPDATE OF r`,
    columnsOf(
      candidates.map(({ record }) => [record.source, record.key]),
      2,
    ),
  );
}

async function replaceRecords(query: Query, book: PriceBook, winners: readonly Candidate[]): Promise<void> {
  if (winners.length === 0) return;
  const set = recordColumns.filter((name) => name !== 'source' && name !== 'key');
  await query(
    `UPDATE agentops_records t SET ${set.map((name) => `${name} = n.${name}`).join(', ')}
     FROM unnest(${unnestRecord}) AS n (${recordColumns.join(', ')}) WHERE t.source = n.source AND t.key = n.key`,
    columnsOf(
      winners.map(({ record, group, charge }) => valuesOf(record, group, charge, book.version)),
      recordColumns.length,
    ),
  );
}
