import { expect, test } from 'vitest';
import { type ObjectsField, readPage } from '../../../packages/core/src/evidence/kubernetes/page.ts';

function read(body: string, field: ObjectsField = 'items'): { head: unknown; objects: unknown } {
  const { head, objects } = readPage(Buffer.from(body));
  const found = objects(field);
  return { head, objects: found && [...found] };
}

test('objects come one by one, the page around them without', () => {
  expect(read('{"kind":"PodList","metadata":{"continue":"x"},"items":[{"a":1},{"b":[{"c":"d"}]}]}\n')).toEqual({
    head: { kind: 'PodList', metadata: { continue: 'x' }, items: [] },
    objects: [{ a: 1 }, { b: [{ c: 'd' }] }],
  });
});

test('an object is parsed when its turn comes, not before', () => {
  const found = readPage(Buffer.from('{"items":[{"a":1},{"b":nonsense}]}')).objects('items');
  const iterator = found?.[Symbol.iterator]();
  expect(iterator?.next()).toEqual({ done: false, value: { a: 1 } });
  expect(iterator?.next()).toEqual({ done: false, value: undefined });
  expect(iterator?.next()).toEqual({ done: true, value: undefined });
});

test.each<[string, string, unknown[]]>([
  ['brackets, quotes and backslashes in strings', '{"items":[{"a":"}]{[\\"}\\\\"},{"b":"\\\\"}]}', [{ a: '}]{["}\\' }, { b: '\\' }]],
  ['UTF-8', '{"items":[{"a":"ü€😀"},{"é":1}]}', [{ a: 'ü€😀' }, { é: 1 }]],
  ['white space everywhere', ' { "items" : [ { "a" : 1 } ,\n\t{ "b" : 2 } ] , "kind" : "L" }\r\n', [{ a: 1 }, { b: 2 }]],
  ['none', '{"items":[ ]}', []],
  ['null for none', '{"items":null}', []],
  ['items inside an object before them', '{"metadata":{"items":[{"no":1}]},"items":[{"a":1}]}', [{ a: 1 }]],
  ['items before the rest', '{"items":[{"a":1}],"metadata":{"x":[1,2]},"n":1.5e3,"t":true}', [{ a: 1 }]],
  ['the last of two, as in JSON.parse', '{"items":[{"a":1}],"items":[{"b":2}]}', [{ b: 2 }]],
  ['null after them, as in JSON.parse', '{"items":[{"a":1}],"items":null}', []],
])('%s', (_name, body, expected) => {
  expect(read(body).objects).toEqual(expected);
});

test('rows of a Table', () => {
  const body = '{"kind":"Table","columnDefinitions":[{"name":"Type"}],"rows":[{"cells":["Opaque"]}]}';
  expect(read(body, 'rows')).toEqual({
    head: { kind: 'Table', columnDefinitions: [{ name: 'Type' }], rows: [] },
    objects: [{ cells: ['Opaque'] }],
  });
  expect(read(body, 'items').objects).toBeUndefined();
});

test.each(['{}', '[]', '1', '{"items":{}}', '{"items":[1]}', '{"items":[{},null]}', '{"items":[[{}]]}', '{"metadata":{"items":[{}]}}'])(
  '%s holds no objects',
  (body) => {
    expect(read(body).objects).toBeUndefined();
  },
);

const whole = '{"kind":"PodList","metadata":{"a":["\\"}"]},"items":[{"a":"]"},{"b":{}}],"z":null}';
test.each([
  '',
  '{"items":[{"a":1} {"b":2}]}',
  '{"items":[{"a":1},]}',
  '{"items":[,{"a":1}]}',
  '{"items":[{"a":1}}]',
  '{"items":[{"a":1}]} x',
  '{"items":[{"a":1}],}',
  '{"items" [{"a":1}]}',
  '{"items":[{"a":1}]"kind":"L"}',
  ...Array.from({ length: whole.length }, (_unused, length) => whole.slice(0, length)),
])('not valid JSON: %s', (body) => {
  expect(() => read(body)).toThrow(SyntaxError);
});

test.each(['{"items":[{"a":}]}', '{"items":[{"a" 1}]}'])('not valid JSON in an object: %s', (body) => {
  expect(read(body).objects).toEqual([undefined]);
});
