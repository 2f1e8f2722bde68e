import { describe, expect, test } from 'vitest';
import { parseList, parseMetadata } from '../../../packages/core/src/evidence/vault/metadata.ts';

const now = Date.parse('2026-11-21T13:07:31Z');
const read = (data: object): ReturnType<typeof parseMetadata> => parseMetadata({ data }, 'secret', 'a/b', now);
const created = '2026-07-13T10:00:00.203531208Z';

describe('parseMetadata', () => {
  test('the age is that of the current version, not of the last metadata write', () => {
    expect(
      read({
        current_version: 2,
        created_time: '2025-01-01T00:00:00Z',
        updated_time: '2026-11-20T00:00:00Z',
        custom_metadata: { owner: 'team' },
        versions: {
          1: { created_time: '2025-01-01T00:00:00Z', deletion_time: '', destroyed: false },
          2: { created_time: created, deletion_time: '', destroyed: false },
        },
      }),
    ).toEqual({
      mount: 'secret',
      path: 'a/b',
      currentVersion: 2,
      versionCreatedAt: Date.parse('2026-07-13T10:00:00.203Z'),
      deleted: false,
      customMetadata: { owner: 'team' },
      versions: { 1: Date.parse('2025-01-01T00:00:00Z'), 2: Date.parse('2026-07-13T10:00:00.203Z') },
    });
  });

  test.each([
    ['deleted', { created_time: created, deletion_time: '2026-11-21T13:07:31Z', destroyed: false }, true],
    [
      'to be deleted later (delete_version_after)',
      { created_time: created, deletion_time: '2026-11-21T13:07:32Z', destroyed: false },
      false,
    ],
    ['destroyed', { created_time: created, deletion_time: '', destroyed: true }, true],
    ['neither named', { created_time: created }, false],
  ])('%s', (_what, version, deleted) => {
    expect(read({ current_version: 1, versions: { 1: version } })?.deleted).toBe(deleted);
  });

  test('metadata without any version holds no value', () => {
    expect(read({ current_version: 0, versions: {}, custom_metadata: null })).toEqual({
      mount: 'secret',
      path: 'a/b',
      currentVersion: 0,
      versionCreatedAt: 0,
      deleted: true,
      customMetadata: {},
      versions: {},
    });
  });

  test.each([
    ['no data', {}],
    ['no version number', { versions: {} }],
    ['a current version that is not listed', { current_version: 3, versions: { 1: { created_time: created } } }],
    ['no time', { current_version: 1, versions: { 1: { created_time: 'soon' } } }],
  ])('%s is not guessed at', (_what, data) => {
    expect(read(data)).toBeUndefined();
  });
});

test('parseList', () => {
  expect(parseList({ data: { keys: ['a', 'b/'] } })).toEqual(['a', 'b/']);
  expect(parseList({ data: {} })).toBeUndefined();
  expect(parseList(undefined)).toBeUndefined();
});
