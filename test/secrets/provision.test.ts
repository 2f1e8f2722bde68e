import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { handToConsumer, writeSecretFile } from '../../packages/core/src/secrets/deliver.ts';
import { RotationFailure } from '../../packages/core/src/secrets/failure.ts';
import type { RotationParts } from '../../packages/core/src/secrets/parts.ts';
import { fetchValue, storeValue } from '../../packages/core/src/secrets/provision.ts';
import { presentOf } from '../../packages/core/src/secrets/rotate/current.ts';
import { rotateSecret } from '../../packages/core/src/secrets/rotate/run.ts';
import { SecretValue } from '../../packages/core/src/secrets/value.ts';
import { testHost, testNow } from '../support/host.ts';
import { entryOf, forbidden, iso, stillContext } from './fakes.ts';
import { World } from './rotate/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'agentops-provision-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Asked {
  readonly version: number;
  readonly hasField: boolean;
}

async function store(
  world: World,
  text: string,
  { field, consent = true, change = {} }: { field?: string; consent?: boolean; change?: Partial<RotationParts> } = {},
): Promise<{ result: Awaited<ReturnType<typeof storeValue>>; asked: Asked[]; value: SecretValue }> {
  const asked: Asked[] = [];
  const value = SecretValue.fromText(text);
  const confirm = async (before: Asked): Promise<boolean> => {
    asked.push(before);
    return consent;
  };
  const parts = { ...world.process().parts(), ...change };
  return { result: await storeValue(parts, { field, value, by: 'anna@laptop', confirm }, stillContext()), asked, value };
}

const fieldsOf = (world: World): Record<string, string> => Object.fromEntries(world.versions.at(-1)?.fields ?? []);

describe('store', () => {
  it('writes a new version over the one that was shown, keeps the other fields, leaves a record', async () => {
    const world = new World();
    const { result, asked } = await store(world, 'cnry-new');
    expect(result).toEqual({ result: 'stored', location: 'kv/agents/key', field: 'value', version: 2, notRecorded: undefined });
    expect(asked).toEqual([{ version: 1, hasField: true }]);
    expect(fieldsOf(world)).toEqual({ value: 'cnry-new', user: 'a', other: 'kept' });
    expect(world.records).toMatchObject([{ by: 'anna@laptop', event: 'stored', version: 2, detail: 'field value' }]);
    expect(JSON.stringify(world.records)).not.toContain('cnry');
  });

  it('nobody is asked about the first version', async () => {
    const world = new World();
    world.versions.splice(0);
    const { result, asked } = await store(world, 'cnry-new');
    expect(result).toMatchObject({ result: 'stored', version: 1 });
    expect(asked).toEqual([]);
    expect(fieldsOf(world)).toEqual({ value: 'cnry-new' });
  });

  it('a no is a no', async () => {
    const world = new World();
    expect((await store(world, 'cnry-new', { consent: false })).result).toMatchObject({ result: 'declined', version: 1 });
    expect(world.versions).toHaveLength(1);
    expect(world.records).toEqual([]);
  });

  it('the same value again is no new version', async () => {
    const world = new World();
    const { result, asked } = await store(world, 'value-0');
    expect(result).toMatchObject({ result: 'unchanged', version: 1 });
    expect(asked).toEqual([]);
    expect(world.versions).toHaveLength(1);
  });

  it('a version that somebody else wrote meanwhile is not written over', async () => {
    const world = new World();
    const parts = world.process().parts();
    const confirm = async (): Promise<boolean> => {
      world.versions.push({ fields: new Map([['value', 'theirs']]), createdAt: testNow });
      return true;
    };
    const stored = storeValue(parts, { field: undefined, value: SecretValue.fromText('ours'), by: 'me', confirm }, stillContext());
    await expect(stored).rejects.toMatchObject({ kind: 'conflict' });
    expect(fieldsOf(world)).toEqual({ value: 'theirs' });
    expect(world.records).toEqual([]);
  });

  it('a deleted version counts: cas 0 would be refused', async () => {
    const world = new World();
    const kv = { ...world.process().parts().kv, read: async () => undefined };
    const { result, asked } = await store(world, 'cnry-new', { change: { kv } });
    expect(asked).toEqual([{ version: 1, hasField: false }]);
    expect(result).toMatchObject({ result: 'stored', version: 2 });
    expect(fieldsOf(world)).toEqual({ value: 'cnry-new' });
  });

  it.each([
    ['it was written', true],
    ['it was not', false],
  ])('a lost answer is looked into: %s', async (_name, arrived) => {
    const world = new World();
    const { kv } = world.process().parts();
    const write: typeof kv.write = async (...args) => {
      if (arrived) await kv.write(...args);
      throw new RotationFailure('transient', 'no answer in time');
    };
    const stored = store(world, 'cnry-new', { change: { kv: { ...kv, write } } });
    if (arrived) expect((await stored).result).toMatchObject({ result: 'stored', version: 2 });
    else await expect(stored).rejects.toMatchObject({ kind: 'transient' });
  });

  it('is refused while a rotation is under way, and where that cannot be seen', async () => {
    const world = new World({ overlapMs: 1e9 });
    await world.process().run(rotateSecret);
    await expect(store(world, 'cnry-new')).rejects.toThrow('a rotation of key is under way: it stands at GRACE');
    const { journal } = world.process().parts();
    await expect(
      store(new World(), 'cnry-new', { change: { journal: { ...journal, list: async () => forbidden('journals') } } }),
    ).rejects.toMatchObject({ kind: 'transient' });
  });

  it('another field leaves the rotated one as old as it was, and its key known', async () => {
    const world = new World();
    await world.process().run(rotateSecret);
    const before = presentOf(await world.process().parts().kv.metadata({ mount: 'kv', path: 'agents/key' }));
    world.now += 1e9;
    expect((await store(world, 'cnry-new', { field: 'other' })).result).toMatchObject({ result: 'stored', field: 'other', version: 3 });
    expect(presentOf(await world.process().parts().kv.metadata({ mount: 'kv', path: 'agents/key' }))).toEqual({ ...before, version: 3 });
    expect(fieldsOf(world)).toMatchObject({ value: 'value-1', other: 'cnry-new' });
  });

  it('the same where no rotation wrote it: what an earlier version left does not come to life again', async () => {
    const world = new World();
    world.custom.set('agentops_version', '9').set('agentops_key_id', 'key-of-9');
    await store(world, 'cnry-new', { field: 'other' });
    expect(Object.fromEntries(world.custom)).toEqual({ agentops_version: '2', agentops_value_since: iso(testNow - 1e9) });
  });

  it('a value that never leaves Vault cannot be stored', async () => {
    const entry = entryOf({ name: 'root', vault: undefined, issuer: { type: 'vault-database-root', connection: 'pg' } });
    await expect(store(new World(), 'x', { change: { entry } })).rejects.toMatchObject({ code: 'usage' });
  });

  it('no audit record is told', async () => {
    const { audit } = new World().process().parts();
    const { result } = await store(new World(), 'x', { change: { audit: { ...audit, append: async () => forbidden('audit') } } });
    expect(result).toMatchObject({ result: 'stored', notRecorded: 'audit: permission denied (agentops permissions)' });
  });
});

describe('fetch', () => {
  it('hands out a copy, wipes what was read, records who and where to', async () => {
    const world = new World();
    const fields = new Map([
      ['value', SecretValue.fromText('cnry')],
      ['other', SecretValue.fromText('kept')],
    ]);
    const parts = world.process().parts();
    const kv = { ...parts.kv, read: async () => ({ version: 1, createdAt: testNow, fields }) };
    const fetched = await fetchValue({ ...parts, kv }, { field: undefined, by: 'anna@laptop', where: 'to file x' }, stillContext());
    expect(fetched).toMatchObject({
      location: 'kv/agents/key',
      field: 'value',
      version: 1,
      madeAt: iso(testNow - 1e9),
      notRecorded: undefined,
    });
    expect(fetched.value.text()).toBe('cnry');
    expect([...fields.values()].every((value) => value.use((bytes) => bytes.every((byte) => byte === 0)))).toBe(true);
    expect(world.records).toMatchObject([{ by: 'anna@laptop', event: 'fetched', version: 1, detail: 'field value to file x' }]);
  });

  it('names the fields that are there, and never their values', async () => {
    const request = { field: 'nope', by: 'me', where: 'revealed' };
    const fetched = fetchValue(new World().process().parts(), request, stillContext());
    await expect(fetched).rejects.toMatchObject({
      message: 'kv/agents/key has no field "nope"',
      hint: '--field: one of value, user, other',
    });
  });

  it('says where there is no value', async () => {
    const world = new World();
    world.versions.splice(0);
    const fetched = fetchValue(world.process().parts(), { field: undefined, by: 'me', where: 'revealed' }, stillContext());
    await expect(fetched).rejects.toMatchObject({ message: 'kv/agents/key has no value', hint: 'agentops secrets store key' });
  });
});

describe('a file', () => {
  const context = { ...stillContext(), host: testHost({ cwd: folder }) };
  const write = (path: string, text: string): Promise<string> => writeSecretFile(path, SecretValue.fromText(text), context);

  it('is new with mode 0600, and replaced as a whole', async () => {
    expect(await write('new', 'cnry-1')).toBe('file');
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o600);
    writeFileSync(join(folder, 'open'), 'long long long old', { mode: 0o644 });
    await write('open', 'cnry-2');
    expect(readFileSync(join(folder, 'open'), 'utf8')).toBe('cnry-2');
    expect(statSync(join(folder, 'open')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).toSorted()).toEqual(['new', 'open']);
  });

  it('nothing but a file or a FIFO is written to', async () => {
    mkdirSync(join(folder, 'd'));
    symlinkSync(join(folder, 'open'), join(folder, 'link'));
    for (const path of ['d', 'link', '/dev/null']) {
      await expect(write(path, 'cnry')).rejects.toMatchObject({ code: 'file-unwritable', message: `${path} is neither a file nor a FIFO` });
    }
    await expect(write('no/such/folder', 'cnry')).rejects.toMatchObject({ message: 'cannot write no/such/folder: ENOENT' });
  });

  it('a FIFO gets it as soon as somebody reads, in one piece even where it holds less', async () => {
    const path = join(folder, 'fifo');
    execFileSync('/bin/sh', ['-c', 'mkfifo "$1"', 'sh', path]);
    const long = 'x'.repeat(200_000);
    const written = write('fifo', long);
    const { readFile } = await import('node:fs/promises');
    expect(await readFile(path, 'utf8')).toBe(long);
    expect(await written).toBe('fifo');
  });

  it('a FIFO that nobody reads is given up at the deadline', async () => {
    const path = join(folder, 'lonely');
    execFileSync('/bin/sh', ['-c', 'mkfifo "$1"', 'sh', path]);
    const late = { ...context, deadline: performance.now() - 1 };
    await expect(writeSecretFile(path, SecretValue.fromText('cnry'), late)).rejects.toMatchObject({ message: `nobody reads ${path}` });
  });
});

describe('a consumer', () => {
  const given = (): Parameters<typeof handToConsumer>[1] => ({
    field: 'value',
    value: SecretValue.fromText('cnry'),
    version: 4,
    source: 'kv/agents/key',
    madeAt: iso(testNow),
  });

  it('gets the value under a rotation of its own, with its version and age', async () => {
    const { consumers } = new World({ inPlace: true }).process().parts();
    const synced: object[] = [];
    const watching = consumers.map((each) => ({
      ...each,
      view: async (): ReturnType<typeof each.view> => ({
        ...(await each.view(4, stillContext())),
        warnings: ['also used by Deployment x'],
        notSeen: ['pods'],
      }),
      sync: async (_record: object, { fields, ...change }: Parameters<typeof each.sync>[1]): Promise<void> => {
        synced.push({ ...change, value: fields.get('value')?.text() });
      },
    }));
    expect(await handToConsumer({ consumers: watching }, given(), stillContext())).toEqual({
      written: 'Secret key-v4',
      warnings: ['also used by Deployment x', 'not seen: pods'],
    });
    expect(synced).toEqual([{ rotation: 'fetched-v4', version: 4, source: 'kv/agents/key', madeAt: iso(testNow), value: 'cnry' }]);
  });

  it('is left alone where it is blocked', async () => {
    const { consumers } = new World().process().parts();
    const blocked = consumers.map((each) => ({
      ...each,
      view: async (): ReturnType<typeof each.view> => ({
        ...(await each.view(4, stillContext())),
        blocked: 'Secret agents/x is immutable',
      }),
      sync: async () => forbidden('synced'),
    }));
    await expect(handToConsumer({ consumers: blocked }, given(), stillContext())).rejects.toThrow('Secret agents/x is immutable');
  });
});
