import { describe, expect, it } from 'vitest';
import { secretVerification } from '../../packages/core/src/model/secret-verification.ts';
import type { RotationParts } from '../../packages/core/src/secrets/parts.ts';
import { abandonSecret, rotateSecret } from '../../packages/core/src/secrets/rotate/run.ts';
import { SecretValue } from '../../packages/core/src/secrets/value.ts';
import { exitCodeOfVerification, verifySecret } from '../../packages/core/src/secrets/verify.ts';
import { entryOf, forbidden, journalOf, stillContext } from './fakes.ts';
import { World } from './rotate/world.ts';

/** A secret that is well, with what a test changes of it. */
function scene(change: (parts: RotationParts) => Partial<RotationParts> = () => ({})): { world: World; parts: RotationParts } {
  const world = new World();
  const parts = world.process().parts();
  return { world, parts: { ...parts, ...change(parts) } };
}

async function verified(change?: (parts: RotationParts) => Partial<RotationParts>): ReturnType<typeof verifySecret> {
  const verification = await verifySecret(scene(change).parts, 'anna@laptop', stillContext());
  return secretVerification.parse(JSON.parse(JSON.stringify(verification)));
}

const consumer = (parts: RotationParts, holds: RotationParts['consumers'][number]['holds']): Partial<RotationParts> => ({
  consumers: parts.consumers.map((each) => ({ ...each, holds })),
});
const standing = (parts: RotationParts, journal: ReturnType<typeof journalOf>): Partial<RotationParts> => ({
  journal: { ...parts.journal, list: async () => [journal.id], read: async () => ({ journal, version: 1 }) },
});

it('a value that is accepted and held is well; the record says who asked and what came of it', async () => {
  const { world, parts } = scene();
  expect(await verifySecret(parts, 'anna@laptop', stillContext())).toEqual({
    secret: 'key',
    location: 'kv/agents/key',
    version: 1,
    result: 'ok',
    accepted: [{ by: 'verifier memory', accepted: 'yes', detail: 'accepted' }],
    consumers: [{ consumer: 'memory key', holds: 'yes', detail: '' }],
    sinceRotation: 'never-rotated',
    notes: [],
  });
  expect(world.records).toMatchObject([
    { by: 'anna@laptop', secret: 'key', event: 'verified', version: 1, rotation: null, detail: 'ok: verifier memory yes, memory key yes' },
  ]);
  expect(JSON.stringify(world.records)).not.toContain('value-0');
});

describe('not well', () => {
  it.each<[string, (parts: RotationParts) => Partial<RotationParts>, object]>([
    [
      'the verifier refuses it',
      () => ({ verifier: { type: 'http', describe: () => '', verify: async () => ({ accepted: false, detail: '401' }) } }),
      { result: 'bad', accepted: [{ by: 'verifier http', accepted: 'no', detail: '401' }] },
    ],
    [
      'the issuer refuses what the verifier accepts',
      (parts) => ({ issuer: parts.issuer && { ...parts.issuer, check: async () => ({ accepted: false, detail: 'disabled' }) } }),
      { result: 'bad', accepted: [{ accepted: 'yes' }, { by: 'issuer ours', accepted: 'no', detail: 'disabled' }] },
    ],
    [
      'a consumer holds another value',
      (parts) => consumer(parts, async () => ({ holds: 'no', detail: 'Secret agents/key has another value' })),
      { result: 'bad', consumers: [{ holds: 'no', detail: 'Secret agents/key has another value' }] },
    ],
    [
      'the same within the grace, when everybody has changed over',
      (parts) => ({ ...standing(parts, journalOf({ state: 'GRACE' })), ...consumer(parts, async () => ({ holds: 'no', detail: '' })) }),
      { result: 'bad' },
    ],
    ['no value', (parts) => ({ kv: { ...parts.kv, read: async () => undefined } }), { result: 'bad', version: null, consumers: [] }],
    [
      'a version without the field',
      (parts) => ({ kv: { ...parts.kv, read: async () => ({ version: 7, createdAt: 1, fields: new Map() }) } }),
      { result: 'bad', version: 7, notes: ['no value: version 7 has no field "value"'] },
    ],
    [
      'an empty value',
      (parts) => ({
        kv: { ...parts.kv, read: async () => ({ version: 7, createdAt: 1, fields: new Map([['value', SecretValue.fromText('')]]) }) },
      }),
      { result: 'bad' },
    ],
  ])('%s', async (_name, change, expected) => {
    expect(await verified(change)).toMatchObject(expected);
  });
});

describe('what cannot be told is not well, and not refused', () => {
  it.each<[string, (parts: RotationParts) => Partial<RotationParts>, object]>([
    [
      'the value may not be read',
      (parts) => ({ kv: { ...parts.kv, read: async () => forbidden('kv/data/agents/key') } }),
      { result: 'unknown', notes: ['the value was not seen: kv/data/agents/key: permission denied (agentops permissions)'] },
    ],
    [
      'the verifier cannot be reached',
      () => ({ verifier: { type: 'http', describe: () => '', verify: async () => ({ accepted: 'unknown', detail: 'timed out' }) } }),
      { result: 'unknown', accepted: [{ accepted: 'unknown', detail: 'timed out' }] },
    ],
    [
      'the verifier throws what may not be shown',
      () => ({
        verifier: {
          type: 'http',
          describe: () => '',
          verify: async () => {
            throw new Error('Authorization: Bearer value-0');
          },
        },
      }),
      { result: 'unknown', accepted: [{ accepted: 'unknown', detail: 'an error that says nothing that may be shown' }] },
    ],
    [
      'a consumer cannot be seen',
      (parts) => consumer(parts, async () => forbidden('secrets')),
      { result: 'unknown', consumers: [{ holds: 'unknown' }] },
    ],
    [
      'a consumer differs in the middle of a rotation',
      (parts) => ({ ...standing(parts, journalOf({ state: 'SYNCED' })), ...consumer(parts, async () => ({ holds: 'no', detail: '' })) }),
      {
        result: 'unknown',
        notes: ['its rotation stands at SYNCED: consumers may hold the old value; agentops secrets resume key', expect.any(String)],
      },
    ],
    [
      'nobody can be asked',
      () => ({ verifier: undefined, consumers: [] }),
      { result: 'unknown', accepted: [], notes: ['nobody can be asked whether the value is well: set verify in agentops.yaml'] },
    ],
    [
      'nobody outside can be asked, and it is not for its consumers alone',
      () => ({
        verifier: undefined,
        entry: entryOf({ vault: { mount: 'kv', path: 'agents/key' }, issuer: { type: 'command', command: ['x'] } }),
      }),
      { result: 'unknown', accepted: [] },
    ],
  ])('%s', async (_name, change, expected) => {
    expect(await verified(change)).toMatchObject(expected);
  });

  it('a value that its consumers alone share is well where all of them hold it', async () => {
    expect(await verified(() => ({ verifier: undefined }))).toMatchObject({ result: 'ok', accepted: [], notes: [] });
  });
});

describe('whether it is still what the last rotation made', () => {
  it('yes, then no once somebody wrote another', async () => {
    const world = new World();
    await world.process().run(rotateSecret);
    expect(await verifySecret(world.process().parts(), 'me', stillContext())).toMatchObject({
      result: 'ok',
      sinceRotation: 'same',
      version: 2,
    });
    world.versions.push({ fields: new Map([['value', 'by hand']]), createdAt: world.now });
    expect(await verifySecret(world.process().parts(), 'me', stillContext())).toMatchObject({
      result: 'bad',
      sinceRotation: 'changed',
      notes: ['the value was changed in Vault since its last rotation'],
    });
  });

  it('after a way back it is the old one', async () => {
    const world = new World({ trouble: 'roll' });
    expect(await world.process().run(rotateSecret)).toMatchObject({ result: 'rolled-back' });
    expect(await verifySecret(world.process().parts(), 'me', stillContext())).toMatchObject({ result: 'ok', sinceRotation: 'same' });
  });

  it('after a person took a rotation over, either of its values is', async () => {
    const world = new World({ overlapMs: 1e9 });
    await world.process().run(rotateSecret);
    await world.process().run(abandonSecret);
    world.versions.push({ fields: world.versions[0]?.fields ?? new Map(), createdAt: world.now });
    expect(await verifySecret(world.process().parts(), 'me', stillContext())).toMatchObject({ sinceRotation: 'same' });
  });

  it('unknown where the fingerprint or the journals are not seen', async () => {
    expect(await verified((parts) => ({ ...standing(parts, journalOf()), fingerprint: async () => forbidden('key') }))).toMatchObject({
      result: 'ok',
      sinceRotation: 'unknown',
    });
    expect(await verified((parts) => ({ journal: { ...parts.journal, list: async () => forbidden('journals') } }))).toMatchObject({
      result: 'ok',
      sinceRotation: 'unknown',
      notes: ['its rotations were not seen: journals: permission denied (agentops permissions)'],
    });
  });
});

it('the value is wiped, also where everything fails', async () => {
  const fields = new Map([
    ['value', SecretValue.fromText('cnry')],
    ['other', SecretValue.fromText('cnry')],
  ]);
  await verified((parts) => ({
    kv: { ...parts.kv, read: async () => ({ version: 1, createdAt: 1, fields }), metadata: async () => forbidden('metadata') },
    ...consumer(parts, async () => forbidden('x')),
  }));
  expect([...fields.values()].map((value) => value.use((bytes) => [...bytes]))).toEqual([
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ]);
});

it('no audit record left behind is told, and changes nothing else', async () => {
  expect(await verified((parts) => ({ audit: { ...parts.audit, append: async () => forbidden('audit') } }))).toMatchObject({
    result: 'ok',
    notes: ['no audit record was left: audit: permission denied (agentops permissions)'],
  });
});

it('a root password is asked about at its issuer alone, without a value', async () => {
  const asked: string[] = [];
  const verification = await verified((parts) => ({
    entry: entryOf({ name: 'root', vault: undefined, issuer: { type: 'vault-database-root', connection: 'pg' } }),
    verifier: { type: 'never', describe: () => '', verify: async () => forbidden('asked') },
    consumers: [],
    issuer: parts.issuer && {
      ...parts.issuer,
      check: async ({ value }) => {
        asked.push(value.text());
        return { accepted: true, detail: 'Vault logs in' };
      },
    },
  }));
  expect(verification).toMatchObject({ location: null, version: null, result: 'ok', accepted: [{ by: 'issuer ours', accepted: 'yes' }] });
  expect(asked).toEqual(['']);
});

it.each<[('ok' | 'bad' | 'unknown')[], number]>([
  [['ok', 'ok'], 0],
  [['ok', 'unknown'], 3],
  [['unknown', 'bad', 'ok'], 2],
  [[], 3],
])('%j exits with %i', async (results, code) => {
  const well = await verified();
  expect(exitCodeOfVerification(results.map((result) => ({ ...well, result })))).toBe(code);
});
