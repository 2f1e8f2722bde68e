import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientConfig } from 'pg';
import { RotationFailure } from '../failure.ts';
import type { RunContext } from '../ports.ts';

/** ms for everything on one connection. */
const limitMs = 15_000;
/** ms that a server may take to say goodbye. */
const farewellMs = 500;

/** Where to log in. */
export type PostgresServer = { readonly [K in 'host' | 'port' | 'database' | 'ssl']-?: NonNullable<ClientConfig[K]> };

/** The server that a postgres:// URL names, as the driver reads it. Throws `operator` where it cannot. */
export async function postgresServer(url: string): Promise<PostgresServer> {
  const { default: pg } = await import('pg');
  try {
    const { host, port, database = 'postgres', ssl } = new pg.Client({ connectionString: url });
    return { host, port, database, ssl };
  } catch {
    throw new RotationFailure('operator', 'the postgres:// URL cannot be read');
  }
}

/**
 * Connects, does the work and closes. What it throws is the driver's own error,
 * which may hold anything (show it by `classifyPostgres`), or a TimeoutError
 * once the run's time, or that of one connection, is over.
 */
export async function withPostgres<T>(config: ClientConfig, context: RunContext, work: (client: Client) => Promise<T>): Promise<T> {
  const left = Math.min(limitMs, context.deadline - context.host.clock.monotonic());
  const limit = AbortSignal.any([context.signal, AbortSignal.timeout(Math.max(1, Math.ceil(left)))]);
  // Loaded where it is needed: the driver takes its time.
  const { default: pg } = await import('pg');
  const socket = new Socket();
  const over = (): void => {
    socket.destroy();
  };
  limit.addEventListener('abort', over, { once: true });
  let client: Client | undefined;
  try {
    limit.throwIfAborted();
    client = new pg.Client({ application_name: 'agentops', ...config, stream: () => socket });
    client.on('error', () => undefined);
    await client.connect();
    return await work(client);
  } catch (error) {
    throw limit.aborted ? new DOMException('', 'TimeoutError') : error;
  } finally {
    limit.removeEventListener('abort', over);
    if (client && !socket.destroyed)
      await Promise.race([client.end().catch(() => undefined), sleep(farewellMs, undefined, { ref: false })]);
    socket.destroy();
  }
}
