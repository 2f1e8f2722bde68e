import type { Stats } from 'node:fs';
import { lstat, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RotationFailure } from '../failure.ts';
import type { SecretValue } from '../value.ts';

const mode = 0o600;
const posix = process.platform !== 'win32';

/** What is at a path that a value may be written to. */
export interface FilePlace {
  /** Undefined: no file yet. */
  readonly file: Stats | undefined;
}

/**
 * Looks where a file is, or would be. Throws `operator` where it must not be
 * written: a symbolic link (replacing it would leave what it points to as it
 * is), no regular file, a folder that is not there or in which others may put
 * a file of their own under that name (world-writable without the sticky bit).
 * Throws `transient` where it cannot be seen.
 */
export async function lookAt(path: string): Promise<FilePlace> {
  const folder = await seen(`the folder of ${path}`, () => stat(dirname(path)));
  if (!folder?.isDirectory()) throw new RotationFailure('operator', `the folder of ${path} is not there`);
  if (posix && (folder.mode & 0o1002) === 0o0002)
    throw new RotationFailure('operator', `anybody may replace files in the folder of ${path}`);
  const file = await seen(path, () => lstat(path));
  if (file?.isSymbolicLink()) {
    throw new RotationFailure('operator', `${path} is a symbolic link`, { hint: 'name the file that it points to' });
  }
  if (file && !file.isFile()) throw new RotationFailure('operator', `${path} is no file`);
  return { file };
}

/**
 * Puts a value in place of a file, whole or not at all: into a new file beside
 * it that its owner alone may read, synced, then renamed over. The owner stays
 * who it was; throws `operator` where that is not ours to keep.
 */
export async function replaceFile(path: string, value: SecretValue): Promise<void> {
  const { file } = await lookAt(path);
  const temporary = join(dirname(path), `.${basename(path)}-${process.pid}-${process.hrtime.bigint()}.tmp`);
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      // The file mode creation mask can only take away; what it leaves must not depend on it.
      await handle.chmod(mode);
      await value.use((bytes) => handle.writeFile(bytes));
      if (posix && file) await keepOwner(handle, file);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw failed(path, error);
  }
  await syncFolder(dirname(path));
}

async function keepOwner(handle: Awaited<ReturnType<typeof open>>, { uid, gid }: Stats): Promise<void> {
  const own = await handle.stat();
  if (own.uid !== uid || own.gid !== gid) await handle.chown(uid, gid);
}

/** So that the new name outlives a power cut; not every system lets a folder be opened. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** Undefined: it is not there. */
async function seen(what: string, look: () => Promise<Stats>): Promise<Stats | undefined> {
  try {
    return await look();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new RotationFailure('transient', `${what} cannot be seen (${code ?? 'unknown error'})`);
  }
}

function failed(path: string, error: unknown): RotationFailure {
  if (error instanceof RotationFailure) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'fchown')
    return new RotationFailure('operator', `the owner of ${path} cannot be kept`, { hint: 'run as its owner, or as root' });
  const needed = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
  return new RotationFailure(needed ? 'operator' : 'transient', `${path} cannot be written (${code ?? 'unknown error'})`);
}
