import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AgeInterval, ageText, isOver, limitText, secretAge } from '../../../packages/core/src/checks/secret-age/age.ts';
import { parseMaxAge, parseTime } from '../../../packages/core/src/checks/secret-age/read.ts';
import type { SecretMeta } from '../../../packages/core/src/model/kubernetes.ts';
import type { VaultSecret } from '../../../packages/core/src/model/servers.ts';
import { testNow } from '../../support/host.ts';
import { day, daysAgo, secret, stripped, vaultSecret, written } from './builders.ts';

const annotation = 'agentops.dev/rotated-at';
const rotated = (days: number): Record<string, string> => ({ [annotation]: new Date(daysAgo(days)).toISOString() });

function age(meta: SecretMeta, vault?: VaultSecret): AgeInterval {
  return secretAge(meta, { now: testNow, rotatedAtAnnotations: [annotation, 'team/rotated'], vault });
}

/** `131–140 d managed-fields` */
const brief = (interval: AgeInterval): string => `${ageText(interval)} ${interval.provenance}`;

describe('the table of provenances', () => {
  it.each<[string, AgeInterval, string]>([
    ['Vault: the created time of the current version', age(secret('s', 400, written(130)), vaultSecret('s', 131)), '131 d vault'],
    [
      'Vault goes before an annotation',
      age(secret('s', 400, { ...written(10), annotations: rotated(50) }), vaultSecret('s', 131)),
      '131 d vault',
    ],
    ['Vault: managedFields stripped, nothing speaks against it', age(secret('s', 400, stripped), vaultSecret('s', 131)), '131 d vault'],
    ['Vault: a copy may follow within a day', age(secret('s', 400, written(10.5)), vaultSecret('s', 10)), '10 d vault'],
    [
      'Vault is newer than the last write of the data: not synced, the old value is still here',
      age(secret('s', 400, written(200)), vaultSecret('s', 3)),
      '200–400 d managed-fields',
    ],
    [
      'Vault: a deleted current version says nothing',
      age(secret('s', 400, written(200)), vaultSecret('s', 3, { deleted: true })),
      '200–400 d managed-fields',
    ],
    [
      'Vault: a version without a time says nothing',
      age(secret('s', 400, written(200)), vaultSecret('s', 3, { versionCreatedAt: 0 })),
      '200–400 d managed-fields',
    ],
    ['a rotation annotation', age(secret('s', 400, { ...written(20), annotations: rotated(30) })), '30 d annotation'],
    ['a rotation annotation, managedFields stripped', age(secret('s', 400, { ...stripped, annotations: rotated(30) })), '30 d annotation'],
    [
      'an annotation that is older than the Secret: the value was copied',
      age(secret('s', 10, { annotations: rotated(300) })),
      '300 d annotation',
    ],
    [
      'an annotation that claims a rotation after the last write of the data',
      age(secret('s', 400, { ...written(200), annotations: rotated(3) })),
      '200–400 d managed-fields',
    ],
    ['an annotation in the future', age(secret('s', 400, { ...stripped, annotations: rotated(-30) })), '0–400 d creation'],
    [
      'an annotation that is no time',
      age(secret('s', 400, { ...written(200), annotations: { [annotation]: 'last week' } })),
      '200–400 d managed-fields',
    ],
    [
      'the next annotation where the first is no time',
      age(secret('s', 400, { ...written(10), annotations: { [annotation]: '?', 'team/rotated': '2026-11-01' } })),
      '20 d annotation',
    ],
    [
      'managedFields: between the last write of a manager of the data and the creation',
      age(secret('s', 140, written(131))),
      '131–140 d managed-fields',
    ],
    [
      'managedFields: of several managers of the data the last counts',
      age(
        secret('s', 400, {
          dataManagers: [
            { manager: 'a', at: daysAgo(300) },
            { manager: 'b', at: daysAgo(40) },
          ],
          hasManagedFields: true,
        }),
      ),
      '40–400 d managed-fields',
    ],
    ['not written since its creation: exact', age(secret('s', 131)), '131 d creation'],
    [
      'the first write a second after the creation is the creation',
      age(secret('s', 131, { dataManagers: [{ manager: 'a', at: daysAgo(131) + 1000 }] })),
      '131 d creation',
    ],
    ['restored from a backup: the write is older than the object', age(secret('s', 5, written(200))), '200 d managed-fields'],
    [
      'managedFields stripped: creationTimestamp is not the rotation time, any time since is possible',
      age(secret('s', 400, stripped)),
      '0–400 d creation',
    ],
    [
      'managedFields without a manager of the data',
      age(secret('s', 400, { dataManagers: [], hasManagedFields: true })),
      '0–400 d creation',
    ],
    [
      'a manager of the data without a time may have written last',
      age(
        secret('s', 400, {
          dataManagers: [
            { manager: 'a', at: daysAgo(300) },
            { manager: 'b', at: 0 },
          ],
        }),
      ),
      '0–400 d creation',
    ],
    ['no creationTimestamp: nothing bounds it', age(secret('s', 0, { ...stripped, createdAt: 0 })), 'unknown age creation'],
    ['no creationTimestamp, but a write', age(secret('s', 0, { ...written(40), createdAt: 0 })), 'at least 40 d managed-fields'],
  ])('%s', (_name, interval, expected) => {
    expect(brief(interval)).toBe(expected);
  });

  it.each<[string, AgeInterval, string, string[]]>([
    ['Vault', age(secret('s', 400, written(130)), vaultSecret('s', 131)), 'Vault version 4', []],
    ['annotation', age(secret('s', 400, { annotations: rotated(30), ...written(30) })), 'annotation agentops.dev/rotated-at', []],
    ['managedFields', age(secret('s', 400, written(30))), 'managedFields', []],
    ['creation, exact', age(secret('s', 400)), 'not written since its creation', []],
    ['creation, stripped', age(secret('s', 400, stripped)), 'creation; no managedFields', []],
    ['creation, no owner', age(secret('s', 400, { dataManagers: [] })), 'creation; nobody owns its data', []],
    [
      'not synced',
      age(secret('s', 400, written(200)), vaultSecret('s', 3)),
      'managedFields',
      ['Vault version 4 is newer than the last write of the data'],
    ],
    [
      'unreadable',
      age(secret('s', 400, { ...written(30), annotations: { [annotation]: 'soon' } })),
      'managedFields',
      ['annotation agentops.dev/rotated-at is no time'],
    ],
    [
      'future',
      age(secret('s', 400, { ...stripped, annotations: rotated(-30) })),
      'creation; no managedFields',
      ['annotation agentops.dev/rotated-at lies in the future'],
    ],
  ])('the words for %s', (_name, interval, basis, doubts) => {
    expect({ basis: interval.basis, doubts: interval.doubts }).toEqual({ basis, doubts });
  });

  it('a doubt never quotes the annotation, whatever somebody put there', () => {
    const { doubts } = age(secret('s', 400, { ...stripped, annotations: { [annotation]: 'sk-canary-123' } }));
    expect(JSON.stringify(doubts)).not.toContain('canary');
  });
});

describe('properties', () => {
  const ages = fc.integer({ min: 0, max: 1000 });
  const meta = fc
    .record({
      created: ages,
      writes: fc.array(ages, { maxLength: 3 }),
      managed: fc.boolean(),
      annotated: fc.option(ages, { nil: undefined }),
    })
    .map(({ created, writes, managed, annotated }) =>
      secret('s', created, {
        hasManagedFields: managed,
        dataManagers: managed ? writes.map((days) => ({ manager: 'm', at: daysAgo(days) })) : [],
        annotations: annotated === undefined ? {} : rotated(annotated),
      }),
    );

  it('at least is never above at most, and neither is negative', () => {
    fc.assert(
      fc.property(meta, fc.option(ages, { nil: undefined }), (one, vault) => {
        const { min, max } = age(one, vault === undefined ? undefined : vaultSecret('s', vault));
        expect(min).toBeGreaterThanOrEqual(0);
        expect(max).toBeGreaterThanOrEqual(min);
      }),
    );
  });

  it('the truth is in the interval: whenever the value was really written, and whatever bumped the time since', () => {
    const history = fc
      .tuple(ages, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([created, write, bump]) => ({ created, write: created * write, bump: created * write * bump }));
    fc.assert(
      fc.property(history, fc.boolean(), ({ created, write, bump }, managed) => {
        // Written `write` days ago; a label edit by the same manager `bump` days ago moved the entry's time.
        const { min, max } = age(secret('s', created, managed ? written(bump) : stripped));
        expect(min).toBeLessThanOrEqual(write * day + 2000);
        expect(max).toBeGreaterThanOrEqual(write * day - 2000);
      }),
    );
  });

  it('a claim never makes the value younger than the last write of its data, but for the day that a copy may take', () => {
    fc.assert(
      fc.property(meta, fc.option(ages, { nil: undefined }), (one, vault) => {
        fc.pre(one.dataManagers.length > 0);
        const last = Math.max(...one.dataManagers.map((entry) => entry.at));
        expect(age(one, vault === undefined ? undefined : vaultSecret('s', vault)).min).toBeGreaterThanOrEqual(testNow - last - day - 2000);
      }),
    );
  });
});

describe('parseTime', () => {
  it.each([
    ['2026-11-01T10:00:00Z', Date.UTC(2026, 10, 1, 10)],
    ['2026-11-01T10:00:00.5Z', Date.UTC(2026, 10, 1, 10, 0, 0, 500)],
    ['2026-11-01T10:00:00+02:00', Date.UTC(2026, 10, 1, 8)],
    ['2026-11-01 10:00Z', Date.UTC(2026, 10, 1, 10)],
    ['2026-11-01', Date.UTC(2026, 10, 1)],
    [' 2026-11-01 ', Date.UTC(2026, 10, 1)],
    ['1793527200', 1_793_527_200_000],
    ['1793527200000', 1_793_527_200_000],
    ['2026-11-01T10:00:00', undefined],
    ['2026-13-01', undefined],
    ['yesterday', undefined],
    ['12', undefined],
    ['', undefined],
  ])('%j', (text, expected) => {
    expect(parseTime(text)).toBe(expected);
  });
});

describe('parseMaxAge', () => {
  it.each([
    ['30d', 30 * day],
    ['30 d', 30 * day],
    ['90', 90 * day],
    ['12h', day / 2],
    ['2w', 14 * day],
    ['90m', 5_400_000],
    ['1.5d', 1.5 * day],
    ['0d', undefined],
    ['-1d', undefined],
    ['30 days', undefined],
    ['P30D', undefined],
    ['', undefined],
  ])('%j', (text, expected) => {
    expect(parseMaxAge(text)).toBe(expected);
  });
});

describe('texts', () => {
  it.each([
    [131 * day, 140 * day, '131–140 d'],
    [131 * day, 131.9 * day, '131 d'],
    [131.9 * day, 132 * day, '131–132 d'],
    [0, 400 * day, '0–400 d'],
    [0, 0, '0 d'],
  ])('%d to %d: %s', (min, max, expected) => {
    expect(ageText({ min, max })).toBe(expected);
  });

  it.each([
    [90 * day, '90 d'],
    [1.5 * day, '36 h'],
    [day / 2, '12 h'],
    [day, '1 d'],
    [5_400_000, '1.5 h'],
    [1_800_000, '30 min'],
    [10.25 * day, '10.3 d'],
  ])('%d: %s', (ms, expected) => {
    expect(limitText(ms)).toBe(expected);
  });
});

describe('isOver', () => {
  it.each([
    [91, 100, 'yes'],
    [90, 100, 'maybe'],
    [0, 400, 'maybe'],
    [10, 90, 'no'],
    [90, 90, 'no'],
  ] as const)('%d–%d d against 90 d: %s', (min, max, expected) => {
    expect(isOver({ min: min * day, max: max * day }, 90 * day)).toBe(expected);
  });
});
