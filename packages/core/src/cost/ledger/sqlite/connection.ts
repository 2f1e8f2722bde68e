import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentOpsError } from '../../../errors.ts';
import type { Host } from '../../../host.ts';
import { migrate } from './schema.ts';

/** How long a writer waits for others before it gives up. */
const patienceMs = 60_000;

const busyCodes = new Set([5, 6]);

function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === 'number' && busyCodes.has(code & 0xff);
}

/** Tries again while another process holds the lock, waiting a little longer each time. */
export async function whileBusy<T>(host: Host, path: string, action: () => T): Promise<T> {
  const end = host.clock.monotonic() + patienceMs;
  for (let wait = 5; ; wait = Math.min(wait * 2, 250)) {
    try {
      return action();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (host.clock.monotonic() > end) {
        throw new AgentOpsError('ledger-unavailable', `ledger ${path} is locked by another process since ${patienceMs / 1000} s`, {
          cause: error,
        });
      }
    }
    await sleep(wait * (0.5 + host.random()));
  }
}

/** Opens or creates the file (0600, in a folder of 0700 that it creates), in WAL mode, with the current schema. */
export async function openDatabase(path: string, host: Host): Promise<DatabaseSync> {
  try {
    if (path !== ':memory:') createPrivately(path);
    return await whileBusy(host, path, () => {
      const db = new DatabaseSync(path, { timeout: 50 });
      try {
        // NORMAL: a power cut may lose the last transactions, whole; never the file, never half of one.
        db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
        // Random inserts touch many pages: write them back in large steps.
        db.exec('PRAGMA wal_autocheckpoint = 16384; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -65536');
        migrate(db, path);
        return db;
      } catch (error) {
        db.close();
        throw error;
      }
    });
  } catch (error) {
    if (error instanceof AgentOpsError) throw error;
    const why = reasonOf(error);
    throw new AgentOpsError('ledger-unavailable', `ledger ${path} cannot be opened: ${why}`, { cause: error });
  }
}

export function reasonOf(error: unknown): string {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (errcode === 26 || errcode === 11) return 'the file is no ledger, or damaged';
  if (errcode === 13 || code === 'ENOSPC') return 'the disk is full';
  if (errcode === 8 || code === 'EROFS') return 'the file is read-only';
  if (code === 'EACCES' || code === 'EPERM' || errcode === 14) return 'no permission';
  if (code === 'ENOTDIR' || code === 'EISDIR' || code === 'EEXIST') return 'a folder of that path is a file, or the other way round';
  return typeof code === 'string' ? code : 'unknown error';
}

function createPrivately(path: string): void {
  if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  // The ledger names sessions and projects: nobody else's business. SQLite gives its side files the same mode.
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
}
