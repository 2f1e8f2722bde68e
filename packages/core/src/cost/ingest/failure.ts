/** Why a file or a folder could not be read, in words; messages of the system name paths, which stand beside it anyway. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'no such file or folder',
  ELOOP: 'a loop of symbolic links',
  EISDIR: 'a folder, not a file',
  ENOTDIR: 'not a folder',
  EMFILE: 'too many open files',
  EIO: 'input/output error',
};

export function reasonOf(error: unknown): string {
  const code = isSystemError(error) ? error.code : '';
  return reasons[code] ?? (code === '' ? 'cannot be read' : `cannot be read (${code})`);
}

export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string' && 'syscall' in error;
}
