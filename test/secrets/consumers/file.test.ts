import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fileConsumer } from '../../../packages/core/src/secrets/consumers/file.ts';
import type { Consumer, ConsumerChange } from '../../../packages/core/src/secrets/ports.ts';
import { SecretValue } from '../../../packages/core/src/secrets/value.ts';
import { testGatherContext, testHost } from '../../support/host.ts';
import { temporaryFolder } from '../../support/program.ts';

const root = process.getuid?.() === 0;
const vault = { mount: 'kv', path: 'db', field: 'password' };
const context = () => testGatherContext();

function consumer(path: string, more: object = {}): Consumer {
  return fileConsumer({ type: 'file', path, ...more }, { vault }, testHost());
}

const change = (text: string, field = 'password'): ConsumerChange => ({
  rotation: 'db/1',
  version: 5,
  fields: new Map([[field, SecretValue.fromText(text)]]),
  source: 'kv/db',
});

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('the file consumer', () => {
  it('replaces a file whole, for its owner alone', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'key');
    writeFileSync(path, 'OLD-CANARY', { mode: 0o644 });
    const before = statSync(path).ino;
    const file = consumer(path);
    expect(file).toMatchObject({ id: `file ${path}`, type: 'file', inPlace: true });
    const record = await file.record(5, context());
    expect(record).toEqual({ id: `file ${path}`, from: path, to: path, workloads: [] });
    await file.sync(record, change('NEW-CANARY\u00e4\n'), context());
    expect(readFileSync(path, 'utf8')).toBe('NEW-CANARY\u00e4\n');
    expect(modeOf(path)).toBe('600');
    expect(statSync(path).ino).not.toBe(before);
    expect(readdirSync(folder)).toEqual(['key']);
    expect(await file.holds(change('NEW-CANARY\u00e4\n').fields, context())).toEqual({ holds: 'yes', detail: path });
    expect(await file.holds(change('NEW-CANARY\u00e4').fields, context())).toEqual({ holds: 'no', detail: `${path} holds another value` });
  });

  it('again changes nothing', async () => {
    const path = join(temporaryFolder(), 'key');
    const file = consumer(path);
    const record = await file.record(5, context());
    expect(record.from).toBeNull();
    await file.sync(record, change('CANARY'), context());
    const { ino } = statSync(path);
    await file.sync(record, change('CANARY'), context());
    expect(statSync(path).ino).toBe(ino);
    // But for a mode that lets others read it.
    chmodSync(path, 0o640);
    await file.sync(record, change('CANARY'), context());
    expect(modeOf(path)).toBe('600');
  });

  it('gets the old value again on the way back', async () => {
    const path = join(temporaryFolder(), 'key');
    writeFileSync(path, 'OLD-CANARY');
    const file = consumer(path);
    const record = await file.record(5, context());
    await file.sync(record, change('NEW-CANARY'), context());
    await file.unsync(record, change('OLD-CANARY'), context());
    expect(readFileSync(path, 'utf8')).toBe('OLD-CANARY');
  });

  it('goes on the way back where there was none', async () => {
    const path = join(temporaryFolder(), 'key');
    const file = consumer(path);
    const record = await file.record(5, context());
    await file.sync(record, change('NEW-CANARY'), context());
    await file.unsync(record, change('OLD-CANARY'), context());
    expect(existsSync(path)).toBe(false);
    await file.unsync(record, change('OLD-CANARY'), context());
  });

  it('takes the field that is configured', async () => {
    const path = join(temporaryFolder(), 'key');
    const file = consumer(path, { field: 'token' });
    const record = await file.record(5, context());
    await file.sync(record, change('CANARY', 'token'), context());
    expect(readFileSync(path, 'utf8')).toBe('CANARY');
    const missing = await file.sync(record, change('CANARY'), context()).catch((error: unknown) => error);
    expect(missing).toMatchObject({ kind: 'operator', message: `kv/db has no field token, which file ${path} gets` });
    expect(inspect(missing, { depth: 9 })).not.toContain('CANARY');
    expect(await file.holds(change('CANARY').fields, context())).toMatchObject({ holds: 'unknown' });
  });

  it('a relative path is below the working directory', () => {
    expect(fileConsumer({ type: 'file', path: 'run/key' }, { vault }, testHost({ cwd: '/srv/agent' })).id).toBe('file /srv/agent/run/key');
    expect(fileConsumer({ type: 'file', path: '~/key' }, { vault }, testHost({ home: '/home/a' })).id).toBe('file /home/a/key');
  });

  // Nobody but root can give a file away, so there is no other owner to keep.
  it.skipIf(!root)('keeps the owner', async () => {
    const path = join(temporaryFolder(), 'key');
    writeFileSync(path, 'OLD-CANARY');
    chownSync(path, 1234, 2345);
    const file = consumer(path);
    await file.sync(await file.record(5, context()), change('NEW-CANARY'), context());
    expect(statSync(path)).toMatchObject({ uid: 1234, gid: 2345 });
  });

  const places: readonly [string, (folder: string) => string, string][] = [
    ['a folder that is not there', (folder) => join(folder, 'none', 'key'), 'is not there'],
    [
      'a folder that anybody may write to',
      (folder) => {
        mkdirSync(join(folder, 'open'));
        chmodSync(join(folder, 'open'), 0o777);
        return join(folder, 'open', 'key');
      },
      'anybody may replace files in the folder of',
    ],
    [
      'a symbolic link',
      (folder) => {
        writeFileSync(join(folder, 'real'), 'OLD-CANARY');
        symlinkSync('real', join(folder, 'link'));
        return join(folder, 'link');
      },
      'is a symbolic link',
    ],
    [
      'a folder',
      (folder) => {
        mkdirSync(join(folder, 'folder'));
        return join(folder, 'folder');
      },
      'is no file',
    ],
  ];

  it.each(places)('%s is refused, in plans too', async (_title, make, message) => {
    const path = make(temporaryFolder());
    const file = consumer(path);
    const record = { id: file.id, from: path, to: path, workloads: [] };
    const error = await file.sync(record, change('NEW-CANARY'), context()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'operator', message: expect.stringContaining(message) });
    expect(inspect(error, { depth: 9 })).not.toContain('CANARY');
    await expect(file.record(5, context())).rejects.toMatchObject({ kind: 'operator' });
    expect(await file.view(5, context())).toMatchObject({ blocked: expect.stringContaining(message) });
    expect(await file.holds(change('NEW-CANARY').fields, context())).toMatchObject({ holds: 'unknown' });
  });

  it('leaves the target of a link alone', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'real'), 'OLD-CANARY');
    symlinkSync('real', join(folder, 'link'));
    const file = consumer(join(folder, 'link'));
    await expect(file.unsync({ id: file.id, from: null, to: '', workloads: [] }, change('x'), context())).rejects.toMatchObject({
      kind: 'operator',
    });
    expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'real'), 'utf8')).toBe('OLD-CANARY');
  });

  it('a folder such as /tmp, where each may replace their own files alone, is fine', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o1777);
    const file = consumer(join(folder, 'key'));
    await file.sync(await file.record(5, context()), change('CANARY'), context());
    expect(await file.holds(change('CANARY').fields, context())).toMatchObject({ holds: 'yes' });
  });

  // Root may write to every folder.
  it.skipIf(root)('a folder that must not be written to', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o555);
    const file = consumer(join(folder, 'key'));
    const syncing = file.sync(await file.record(5, context()), change('CANARY'), context());
    await expect(syncing).rejects.toMatchObject({ kind: 'operator', message: `${join(folder, 'key')} cannot be written (EACCES)` });
  });

  it('is planned without a value', async () => {
    const path = join(temporaryFolder(), 'key');
    const file = consumer(path);
    const view = { sync: `replace ${path}, mode 0600`, objects: [`file ${path}`], workloads: [], blocked: undefined, notSeen: [] };
    expect(await file.view(5, context())).toEqual({ ...view, warnings: [`${path} is not there yet: whoever runs agentops will own it`] });
    writeFileSync(path, 'OLD-CANARY');
    chmodSync(path, 0o640);
    expect(await file.view(5, context())).toEqual({ ...view, warnings: [`${path} will be readable by its owner alone (mode is 640)`] });
    chmodSync(path, 0o400);
    expect(await file.view(5, context())).toEqual({ ...view, warnings: [] });
  });

  it('a file that is not there holds nothing', async () => {
    const path = join(temporaryFolder(), 'key');
    expect(await consumer(path).holds(change('CANARY').fields, context())).toEqual({ holds: 'no', detail: `${path} is not there` });
  });

  it('has no workloads, and nothing names a version of it', async () => {
    const file = consumer('/nonexistent/key');
    const record = { id: file.id, from: null, to: '', workloads: [] };
    expect(file.workloads(record, { rotation: 'db/1', version: 5 }, context())).toEqual([]);
    expect(await file.stillOn(record, 'from', context())).toEqual([]);
    await file.cleanUp(record, 'from', context());
  });
});
