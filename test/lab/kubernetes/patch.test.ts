import { describe, expect, test } from 'vitest';
import { jsonPatch, mergePatch, strategicPatch } from '../../../packages/lab/src/kubernetes/patch.ts';

test.each([
  // RFC 7386, appendix A.
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('merge patch of %j with %j', (target, patch, expected) => {
  expect(mergePatch(target, patch)).toEqual(expected);
});

describe('strategic merge patch', () => {
  const containers = [
    { name: 'a', image: 'a:1', args: ['x'] },
    { name: 'b', image: 'b:1' },
  ];

  test.each<[string, object, object, object]>([
    [
      'containers by name',
      { containers },
      { containers: [{ name: 'b', image: 'b:2' }, { name: 'c' }] },
      { containers: [containers[0], { name: 'b', image: 'b:2' }, { name: 'c' }] },
    ],
    ['a list without a key is replaced', { args: ['a', 'b'] }, { args: ['c'] }, { args: ['c'] }],
    ['$patch: delete of an entry', { containers }, { containers: [{ $patch: 'delete', name: 'a' }] }, { containers: [containers[1]] }],
    ['$patch: delete of a map', { spec: { x: 1 }, y: 2 }, { spec: { $patch: 'delete' } }, { y: 2 }],
    ['$patch: replace of a map', { spec: { x: 1 } }, { spec: { $patch: 'replace', y: 2 } }, { spec: { y: 2 } }],
    ['$patch: replace of a list', { containers }, { containers: [{ name: 'z' }, { $patch: 'replace' }] }, { containers: [{ name: 'z' }] }],
    [
      '$retainKeys',
      { strategy: { type: 'RollingUpdate', rollingUpdate: {} } },
      { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
      { strategy: { type: 'Recreate' } },
    ],
    [
      '$setElementOrder',
      { containers },
      { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [{ name: 'a', image: 'a:2' }] },
      { containers: [containers[1], { name: 'a', image: 'a:2', args: ['x'] }] },
    ],
    ['$deleteFromPrimitiveList', { finalizers: ['a', 'b'] }, { '$deleteFromPrimitiveList/finalizers': ['a'] }, { finalizers: ['b'] }],
    ['finalizers are a set', { finalizers: ['a'] }, { finalizers: ['a', 'b'] }, { finalizers: ['a', 'b'] }],
    ['null removes', { a: 1, b: 2 }, { a: null }, { b: 2 }],
    [
      'conditions by type',
      { conditions: [{ type: 'Ready', status: 'True' }] },
      { conditions: [{ type: 'Ready', status: 'False' }] },
      { conditions: [{ type: 'Ready', status: 'False' }] },
    ],
    [
      'ports by number',
      { ports: [{ port: 80, name: 'http' }] },
      { ports: [{ port: 443 }] },
      { ports: [{ port: 80, name: 'http' }, { port: 443 }] },
    ],
  ])('%s', (_, target, patch, expected) => {
    const before = structuredClone(target);
    expect(strategicPatch(target, patch)).toEqual(expected);
    expect(target).toEqual(before);
  });
});

describe('JSON patch', () => {
  test.each<[string, object, object[], object]>([
    ['add', { a: {} }, [{ op: 'add', path: '/a/b', value: 1 }], { a: { b: 1 } }],
    ['add into a list', { a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
    ['append', { a: [1] }, [{ op: 'add', path: '/a/-', value: 2 }], { a: [1, 2] }],
    [
      'remove',
      { a: 1, b: [1, 2] },
      [
        { op: 'remove', path: '/a' },
        { op: 'remove', path: '/b/0' },
      ],
      { b: [2] },
    ],
    ['replace', { a: [1] }, [{ op: 'replace', path: '/a/0', value: { x: 1 } }], { a: [{ x: 1 }] }],
    ['copy', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    ['move', { a: { b: 1 } }, [{ op: 'move', from: '/a/b', path: '/c' }], { a: {}, c: 1 }],
    [
      'test, whatever the order of keys',
      { a: { x: 1, y: [2] } },
      [{ op: 'test', path: '/a', value: { y: [2], x: 1 } }],
      { a: { x: 1, y: [2] } },
    ],
    [
      'escapes',
      { 'a/b': 1, 'c~d': 2 },
      [
        { op: 'replace', path: '/a~1b', value: 3 },
        { op: 'remove', path: '/c~0d' },
      ],
      { 'a/b': 3 },
    ],
  ])('%s', (_, target, operations, expected) => {
    expect(jsonPatch(target, operations)).toEqual(expected);
  });

  test.each<[string, object, unknown]>([
    ['a parent that is not there', {}, [{ op: 'add', path: '/a/b', value: 1 }]],
    ['a member that is not there', {}, [{ op: 'remove', path: '/a' }]],
    ['a replaced member that is not there', {}, [{ op: 'replace', path: '/a', value: 1 }]],
    ['a test that fails', { a: 1 }, [{ op: 'test', path: '/a', value: 2 }]],
    ['an index beyond the end', { a: [] }, [{ op: 'add', path: '/a/1', value: 1 }]],
    ['an unknown operation', {}, [{ op: 'frob', path: '/a' }]],
    ['no pointer', {}, [{ op: 'remove', path: 'a' }]],
  ])('%s is 422', (_, target, operations) => {
    expect(() => jsonPatch(target, operations)).toThrow(expect.objectContaining({ code: 422, reason: 'Invalid' }));
  });

  test('an object instead of a list is 400', () => {
    expect(() => jsonPatch({}, { op: 'add' })).toThrow(expect.objectContaining({ code: 400 }));
  });
});
