import { describe, expect, it } from 'vitest';
import { secretStatus } from '../../packages/core/src/model/secret-status.ts';
import { exitCodeOfOutcomes, secretListOf } from '../../packages/core/src/secrets/exit.ts';
import { listSecrets } from '../../packages/core/src/secrets/list.ts';
import { testNow } from '../support/host.ts';
import { day, type Fake, forbidden, hour, iso, journalOf, metadataOf, partsOf, stillContext } from './fakes.ts';

async function statusOf(fake: Fake): Promise<Awaited<ReturnType<typeof listSecrets>>[number]> {
  const [status] = await listSecrets([partsOf(fake)], stillContext());
  if (!status) throw new Error('one secret has one status');
  // What is printed as JSON is what the schema says.
  return secretStatus.parse(JSON.parse(JSON.stringify(status)));
}

/** Status, remarks, age in days and due date in days from now. */
async function seenOf(fake: Fake): Promise<object> {
  const { status, remarks, age, dueAt } = await statusOf(fake);
  return {
    status,
    what: remarks.map(({ what }) => what),
    days: age && [age.minSeconds / 86_400, age.maxSeconds === null ? null : age.maxSeconds / 86_400],
    source: age?.source,
    due: dueAt === null ? null : (Date.parse(dueAt) - testNow) / day,
  };
}

const ours = (version: number, since?: number): Record<string, string> => ({
  agentops_version: String(version),
  ...(since === undefined ? {} : { agentops_value_since: iso(testNow - since * day) }),
});

describe('age and due date', () => {
  it.each<[string, Fake, object]>([
    ['young', { metadata: metadataOf([12]) }, { status: 'pass', what: ['in-time'], days: [12, 12], source: 'vault-version', due: 78 }],
    [
      'the newest version counts',
      { metadata: metadataOf([300, 12]) },
      { status: 'pass', what: ['in-time'], days: [12, 12], source: 'vault-version', due: 78 },
    ],
    ['an instant before it is due', { metadata: metadataOf([90 - 1 / 86_400]) }, { status: 'pass', what: ['in-time'], due: 1 / 86_400 }],
    ['just due', { metadata: metadataOf([90]) }, { status: 'warn', what: ['due'], days: [90, 90], due: 0 }],
    ['twice its limit', { metadata: metadataOf([180]) }, { status: 'warn', what: ['due'], due: -90 }],
    ['over twice its limit', { metadata: metadataOf([180 + 1 / 24]) }, { status: 'fail', what: ['overdue'] }],
    ['a limit of its own', { entry: { maxAge: '30d' }, metadata: metadataOf([31]) }, { status: 'warn', what: ['due'], due: -1 }],
    [
      'an old value again',
      { metadata: metadataOf([131, 50, 2], ours(3, 131)) },
      { status: 'warn', what: ['due'], days: [131, 131], source: 'metadata', due: -41 },
    ],
    [
      'an old value again, noted for another version',
      { metadata: metadataOf([131, 2], ours(9, 131)) },
      { status: 'pass', what: ['in-time'], days: [2, 2] },
    ],
    [
      'somebody wrote after us, perhaps another field: it may be as old as ours',
      { metadata: metadataOf([131, 100, 2], ours(2)) },
      { status: 'unknown', what: ['due'], days: [2, 100], source: 'metadata', due: -10 },
    ],
    [
      'the same, and still in time',
      { metadata: metadataOf([131, 40, 2], ours(2)) },
      { status: 'pass', what: ['in-time'], days: [2, 40], due: 50 },
    ],
    [
      'metadata that cannot be right',
      { metadata: metadataOf([2], { ...ours(1), agentops_value_since: 'soon' }) },
      { status: 'unknown', what: ['due'], days: [2, null], due: null },
    ],
    [
      'a way back that died before it noted since when the value is',
      { metadata: metadataOf([131, 3, 2]), journal: journalOf({ state: 'ROLLING_BACK', restoredVersion: 3 }) },
      { status: 'unknown', what: ['due', 'unfinished'], days: [2, 131], source: 'journal', due: -41 },
    ],
  ])('%s', async (_name, fake, expected) => {
    expect(await seenOf(fake)).toMatchObject(expected);
  });
});

describe('what is not there or not seen is never in time', () => {
  it.each<[string, Fake, object]>([
    ['nothing was ever written', { metadata: undefined }, { status: 'warn', what: ['no-value'], days: null, due: null }],
    ['a key without a version', { metadata: metadataOf([]) }, { status: 'warn', what: ['no-value'], days: null, due: null }],
    [
      'the current version is deleted',
      { metadata: { ...metadataOf([12]), versions: [{ version: 1, createdAt: testNow - 12 * day, gone: true }] } },
      { status: 'warn', what: ['no-value'], days: null, due: null },
    ],
    [
      'metadata are forbidden',
      { metadata: () => forbidden('kv/metadata') },
      { status: 'unknown', what: ['not-seen'], days: null, due: null },
    ],
    [
      'journals are forbidden',
      { metadata: metadataOf([12]), journal: () => forbidden('journals') },
      { status: 'unknown', what: ['not-seen', 'in-time'], due: 78 },
    ],
    [
      'its version is not among the versions',
      { metadata: { ...metadataOf([12]), currentVersion: 7 } },
      { status: 'unknown', what: ['not-seen'], days: null },
    ],
    [
      'a version without a time',
      { metadata: { ...metadataOf([12]), versions: [{ version: 1, createdAt: Number.NaN, gone: false }] } },
      { status: 'unknown', what: ['not-seen'] },
    ],
    ['a version of next week', { metadata: metadataOf([-7]) }, { status: 'unknown', what: ['not-seen'], days: null, due: null }],
    ['a clock that is a minute off', { metadata: metadataOf([-1 / 1440]) }, { status: 'pass', what: ['in-time'], days: [0, 0] }],
  ])('%s', async (_name, fake, expected) => {
    expect(await seenOf(fake)).toMatchObject(expected);
  });

  it('what a port says is shown, what a library says is not', async () => {
    const { remarks } = await statusOf({
      metadata: () => {
        throw Object.assign(new Error('GET http://user:cnry@vault'), { config: { headers: { token: 'cnry' } } });
      },
      journal: () => forbidden('kv/agentops/rotations'),
    });
    expect(remarks.map(({ text }) => text)).toEqual([
      'its metadata: an error that says nothing that may be shown',
      'its rotations: kv/agentops/rotations: permission denied (agentops permissions)',
    ]);
  });

  it('where nothing is rotated, the right to read journals need not be had', async () => {
    const status = await statusOf({ entry: { issuer: undefined }, metadata: metadataOf([12]), journal: () => forbidden('journals') });
    expect(status).toMatchObject({ status: 'pass', issuer: null, rotation: null });
  });
});

describe('the newest rotation', () => {
  const young = { metadata: metadataOf([131, 90, 80, 70, 2]) };
  it.each<[string, Fake, object]>([
    [
      'done',
      { ...young, journal: journalOf() },
      { status: 'pass', rotation: { state: 'DONE', stage: 'finished', by: 'cron@ci' }, next: [] },
    ],
    ['abandoned', { ...young, journal: journalOf({ state: 'ABANDONED' }) }, { status: 'pass', rotation: { stage: 'finished' } }],
    [
      'within its grace',
      { ...young, journal: journalOf({ state: 'GRACE', graceUntil: iso(testNow + hour) }) },
      { status: 'pass', remarks: [{ what: 'grace', text: 'both values are valid for another 1 h' }, { what: 'in-time' }], next: [] },
    ],
    [
      'past its grace',
      { ...young, journal: journalOf({ state: 'GRACE', graceUntil: iso(testNow - hour) }) },
      { status: 'warn', remarks: [{ what: 'grace-over' }, { what: 'in-time' }], next: ['agentops secrets resume openai-key'] },
    ],
    [
      'a revoke that failed',
      {
        ...young,
        journal: journalOf({
          state: 'GRACE',
          graceUntil: iso(testNow - hour),
          revoke: { begun: true, attempts: 3, lastFailure: 'answers 503', nextAt: iso(testNow + hour) },
        }),
      },
      {
        status: 'fail',
        remarks: [
          { what: 'revoke-failed', text: 'the old value may still be accepted; revoking it failed 3 times: answers 503' },
          { what: 'in-time' },
        ],
      },
    ],
    [
      'in the middle',
      { ...young, journal: journalOf({ state: 'SYNCED', updatedAt: iso(testNow - 3 * hour) }) },
      {
        status: 'warn',
        remarks: [{ what: 'unfinished', text: 'its rotation stands at SYNCED for 3 h, begun by cron@ci' }, { what: 'in-time' }],
      },
    ],
    [
      'it needs a person',
      { ...young, journal: journalOf({ state: 'NEEDS_OPERATOR', operator: 'somebody wrote version 6' }) },
      {
        status: 'fail',
        remarks: [{ what: 'needs-operator', text: 'its rotation needs a person: somebody wrote version 6' }, { what: 'in-time' }],
        next: ['agentops secrets history openai-key'],
      },
    ],
  ])('%s', async (_name, fake, expected) => {
    expect(await statusOf(fake)).toMatchObject(expected);
  });
});

describe('a root password, which has no version', () => {
  const root = { entry: { vault: undefined, issuer: { type: 'vault-database-root', connection: 'pg' } } };
  it('is as old as the value of its last rotation', async () => {
    expect(await statusOf({ ...root, journal: journalOf({ target: null }) })).toMatchObject({
      status: 'pass',
      location: null,
      version: null,
      age: { minSeconds: 2 * 86_400 - 2, maxSeconds: 2 * 86_400 - 2, source: 'journal' },
    });
  });
  it('is due where no rotation is on record', async () => {
    expect(await statusOf({ ...root })).toMatchObject({ status: 'warn', age: null, dueAt: null, remarks: [{ what: 'due' }] });
  });
  it('is not seen where rotations are not', async () => {
    expect(await statusOf({ ...root, journal: () => forbidden('journals') })).toMatchObject({ status: 'unknown', age: null });
  });
});

it('the list is sorted worst first, then by due date, then by name; no value is read for it', async () => {
  const secret = (name: string, days: number): ReturnType<typeof partsOf> => partsOf({ entry: { name }, metadata: metadataOf([days]) });
  const secrets = [
    secret('young', 1),
    secret('b-due', 95),
    secret('a-due', 95),
    secret('more-due', 96),
    secret('overdue', 200),
    partsOf({ entry: { name: 'unseen' }, metadata: () => forbidden('kv') }),
    secret('older', 20),
  ];
  const names = (await listSecrets(secrets, stillContext())).map((status) => status.secret);
  expect(names).toEqual(['overdue', 'unseen', 'more-due', 'a-due', 'b-due', 'older', 'young']);
});

describe('exit code of the list: critical before not seen before due', () => {
  const run = { notSeen: [], now: testNow, timeZone: 'UTC', failOn: 'warning', lab: undefined } as const;
  const status = async (fake: Fake): Promise<Awaited<ReturnType<typeof listSecrets>>> => [await statusOf(fake)];
  it('of nothing is 3: nothing was seen to be well', () => {
    expect(secretListOf([], run).exitCode).toBe(3);
  });
  it.each<[string, number[], readonly string[], 'warning' | 'unknown' | 'critical' | 'never', number]>([
    ['in time', [1], [], 'warning', 0],
    ['due', [1, 95], [], 'warning', 1],
    ['overdue', [1, 95, 200], [], 'warning', 2],
    ['a folder that was not seen', [1], ['kv/tools'], 'warning', 3],
    ['due and not seen', [95], ['kv/tools'], 'warning', 3],
    ['overdue and not seen', [200], ['kv/tools'], 'warning', 2],
    ['due, which does not matter here', [95], [], 'unknown', 0],
    ['not seen, which does not matter here', [95], ['kv/tools'], 'critical', 0],
    ['nothing matters', [200], ['kv/tools'], 'never', 0],
  ])('%s', async (_name, days, notSeen, failOn, expected) => {
    const secrets = (await Promise.all(days.map((age) => status({ metadata: metadataOf([age]) })))).flat();
    expect(secretListOf(secrets, { ...run, notSeen, failOn }).exitCode).toBe(expected);
  });
});

it.each<[Parameters<typeof exitCodeOfOutcomes>[0][number]['result'][], number]>([
  [[], 0],
  [['done', 'grace', 'skipped'], 0],
  [['done', 'locked'], 5],
  [['locked', 'unknown'], 3],
  [['locked', 'stopped'], 3],
  [['done', 'needs-operator'], 3],
  [['needs-operator', 'locked', 'rolled-back'], 2],
  [['stopped', 'failed'], 2],
])('a run that ends with %j exits with %i', (results, code) => {
  expect(exitCodeOfOutcomes(results.map((result) => ({ result })))).toBe(code);
});
