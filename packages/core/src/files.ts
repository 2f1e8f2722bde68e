import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Writes a file whole or not at all: into a new file beside it, synced, then
 * renamed over. `mode` is the new file's, e.g. 0o600 for what is private.
 */
export function writeFileAtomically(path: string, text: string | Uint8Array, mode: number): void {
  const temporary = join(dirname(path), `.agentops-${process.pid}-${process.hrtime.bigint()}.tmp`);
  const file = openSync(temporary, 'wx', mode);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
    closeSync(file);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
