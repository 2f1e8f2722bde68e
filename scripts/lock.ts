/**
 * Completes package-lock.json: every optional package of another platform must
 * stand in it, or `npm ci` refuses the lock file. npm leaves those out that the
 * registry at hand did not have when the file was written.
 *
 *   node scripts/lock.ts           writes what is missing
 *   node scripts/lock.ts --check   fails where something is missing
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

type Packages = Record<string, LockEntry>;

const file = join(import.meta.dirname, '..', 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Packages };
const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
  Object.entries(entry.optionalDependencies ?? {})
    .filter(([name]) => !isLocked(lock.packages, path, name))
    .map(([name, version]) => ({ path: `node_modules/${name}`, entry: placeholder(name, version, entry.dev === true) })),
);

if (missing.length === 0) process.exit();
for (const { path } of missing) process.stderr.write(`package-lock.json: ${path} is missing\n`);
if (process.argv.includes('--check')) {
  process.stderr.write('run: node scripts/lock.ts\n');
  process.exit(1);
}
for (const { path, entry } of missing) lock.packages[path] = entry;
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);

/** As Node looks for it: below the package itself, then in every folder above. */
function isLocked(packages: Packages, from: string, name: string): boolean {
  for (let at = from; ; at = at.includes('/node_modules/') ? at.slice(0, at.lastIndexOf('/node_modules/')) : '') {
    if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`]) return true;
    if (at === '') return false;
  }
}

/** What npm would have written, but for the checksum: enough for it to leave the package out on other platforms. */
function placeholder(name: string, version: string, dev: boolean): LockEntry {
  const words = name.split(/[/-]/);
  const one = (names: readonly string[]): readonly string[] | undefined => {
    const found = names.find((each) => words.includes(each));
    return found === undefined ? undefined : [found];
  };
  const os = one(['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']);
  const cpu = one(['arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64']);
  if (!os || !cpu || !/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`${name}@${version}: not a package of one platform`);
  const libc = os[0] !== 'linux' ? undefined : /musl/.test(name) ? ['musl'] : /gnu/.test(name) ? ['glibc'] : undefined;
  return { version, cpu, ...(dev ? { dev } : {}), ...(libc ? { libc } : {}), optional: true, os };
}
