import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { AgentOpsError } from '../../../errors.ts';
import type { Host } from '../../../host.ts';
import { classifyPostgres } from './failure.ts';

/** Serialization failure, deadlock, a unique name made twice at once (concurrent CREATE TABLE), a table made meanwhile. */
const retriable = new Set(['40001', '40P01', '23505', '42P07']);
const tries = 12;

/** int8 and numeric as BigInt: sums of money are whole pico-dollars and may exceed a double. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
    if (oid === 20 || oid === 1700) return (text) => BigInt(text);
    return pg.types.getTypeParser(oid, format) as (text: string) => unknown;
  },
};

/** A server's address without credentials and options, for messages. */
export function serverName(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `postgres://${hostname}${port === '' ? '' : `:${port}`}${pathname}`;
  } catch {
    return 'postgres';
  }
}

export type Row = Readonly<Record<string, unknown>>;
export type Query = (sql: string, values?: readonly unknown[]) => Promise<Row[]>;

/** A pool that names no secret in its errors, and transactions that are repeated where the server asks for it. */
export class PostgresConnection {
  readonly #pool: pg.Pool;
  readonly #host: Host;
  readonly name: string;

  constructor(url: string, host: Host, options: { readonly max?: number } = {}) {
    this.name = serverName(url);
    this.#host = host;
    this.#pool = new pg.Pool({
      connectionString: url,
      max: options.max ?? 2,
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: 30_000,
      application_name: 'agentops',
      types,
    });
    // An idle connection that the server closes is replaced by the next query.
    this.#pool.on('error', () => undefined);
  }

  async query(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return (await this.#pool.query(sql, [...values])).rows as Row[];
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** Runs `action` in a transaction, again from the start where the server could not serialize it. */
  async transaction<T>(action: (query: Query) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(action);
      } catch (error) {
        if (attempt >= tries || !retriable.has(String((error as { code?: unknown }).code))) throw this.failure(error);
      }
      await sleep(Math.min(10 * 2 ** attempt, 1000) * (0.5 + this.#host.random()));
    }
  }

  async #attempt<T>(action: (query: Query) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    const onError = (error: Error): void => {
      broken = error;
    };
    client.on('error', onError);
    try {
      await client.query('BEGIN');
      const result = await action(async (sql, values = []) => (await client.query(sql, [...values])).rows as Row[]);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failure: Error) => {
        broken = failure;
      });
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }

  /** Without the driver's own message, which could hold a value or an address with a password. */
  failure(error: unknown): unknown {
    if (error instanceof AgentOpsError || error instanceof RangeError || error instanceof TypeError) return error;
    return new AgentOpsError('ledger-unavailable', `${this.name}: ${classifyPostgres(error).detail}`, { cause: error });
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
