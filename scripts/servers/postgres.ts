import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type Run, run, startProcess, waitUntil } from './process.ts';

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  /** A superuser. */
  readonly user: string;
  readonly password: string;
  readonly url: string;
}

const libraries = '/usr/lib/postgresql';

/** Folder of the newest server programs of Debian's packages; they are on nobody's PATH. */
function binFolder(): string {
  const versions = existsSync(libraries) ? readdirSync(libraries).filter((name) => existsSync(join(libraries, name, 'bin/postgres'))) : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined) throw new Error('PostgreSQL is not installed: run scripts/servers/packages.sh');
  return join(libraries, newest, 'bin');
}

/** PostgreSQL with password login, in a folder of its own. It refuses to run as root: as root it runs as `postgres`. */
export async function startPostgres(run_: Run): Promise<PostgresServer> {
  const bin = binFolder();
  const root = process.getuid?.() === 0;
  const as = (command: string, args: readonly string[]): [string, string[]] =>
    root ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', command, ...args]] : [command, [...args]];
  const folder = join(run_.folder, 'postgres');
  const passwordFile = join(folder, 'password');
  const [user, password] = ['admin', 'CANARY-postgres-password'];
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (root) {
    // The run's folder is root's own: let the other user pass through, not look around.
    chmodSync(run_.folder, 0o711);
    await run('chown', ['-R', 'postgres:postgres', folder]);
  }
  const data = join(folder, 'data');
  await run(
    ...as(join(bin, 'initdb'), [
      '-D',
      data,
      '-A',
      'scram-sha-256',
      '-U',
      user,
      '--pwfile',
      passwordFile,
      '-E',
      'UTF8',
      '--locale',
      'C.UTF-8',
    ]),
    {
      cwd: folder,
    },
  );
  const port = await freePort();
  // What a test writes need not survive a power cut.
  const settings = [
    'fsync=off',
    'full_page_writes=off',
    'max_connections=50',
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
  ];
  const [command, args] = as(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]);
  const record = await startProcess(run_, { name: 'postgres', command, args, ports: [port], cwd: folder });
  await waitUntil('postgres', async () => (await run(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)])) !== '', {
    process: record,
  });
  return { host: '127.0.0.1', port, user, password, url: `postgres://${user}:${password}@127.0.0.1:${port}/postgres` };
}
