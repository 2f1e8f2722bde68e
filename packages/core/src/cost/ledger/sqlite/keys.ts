import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Hashes that gather before they are merged: small enough to stay in the cache, large enough to make a merge worth it. */
const mostRecent = 400_000;

/** Hash of a key → id of its record, inside one transaction. */
export class KeyIndex {
  readonly #claim: StatementSync;
  readonly #recent: StatementSync;
  readonly #old: StatementSync;
  readonly #anyOld: StatementSync;
  readonly #countRecent: StatementSync;
  readonly #moves: readonly StatementSync[];
  readonly #db: DatabaseSync;
  readonly #most: number;
  #hasOld = false;
  #added = 0;

  constructor(db: DatabaseSync, most = mostRecent) {
    this.#db = db;
    this.#most = most;
    this.#claim = db.prepare('INSERT OR IGNORE INTO recent_keys (hash, id) VALUES (?, ?)');
    this.#recent = db.prepare('SELECT id FROM recent_keys WHERE hash = ?');
    this.#recent.setReadBigInts(true);
    this.#old = db.prepare('SELECT id FROM old_keys WHERE hash = ?');
    this.#old.setReadBigInts(true);
    this.#anyOld = db.prepare('SELECT 1 FROM old_keys LIMIT 1');
    this.#countRecent = db.prepare('SELECT count(*) AS n FROM recent_keys');
    this.#moves = ['recent_keys', 'old_keys'].map((table) => db.prepare(`UPDATE ${table} SET id = ? WHERE hash = ?`));
  }

  begin(): void {
    this.#hasOld = this.#anyOld.get() !== undefined;
    this.#added = 0;
  }

  /** Takes a free hash for `id` (undefined), or answers whose it is. */
  claim(hash: bigint, id: bigint): bigint | undefined {
    if (this.#hasOld) {
      const old = this.#old.get(hash)?.id;
      if (typeof old === 'bigint') return old;
    }
    if (this.#claim.run(hash, id).changes !== 0) {
      this.#added++;
      return undefined;
    }
    return this.#recent.get(hash)?.id as bigint;
  }

  move(hash: bigint, id: bigint): void {
    for (const statement of this.#moves) if (statement.run(id, hash).changes !== 0) return;
  }

  /** Merges the recent hashes where they have become many; before the commit. */
  settle(): void {
    if (this.#added === 0 || Number(this.#countRecent.get()?.n) < this.#most) return;
    this.#db.exec('INSERT INTO old_keys (hash, id) SELECT hash, id FROM recent_keys ORDER BY hash; DELETE FROM recent_keys');
  }
}
