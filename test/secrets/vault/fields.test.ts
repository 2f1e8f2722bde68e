import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SecretValue, wipeFields } from '../../../packages/core/src/secrets/value.ts';
import { fieldsOf, writeBody } from '../../../packages/core/src/secrets/vault/fields.ts';
import { membersOf } from '../../../packages/core/src/secrets/vault/json-bytes.ts';

const read = (json: string) => fieldsOf(Buffer.from(json), { start: 0, end: Buffer.byteLength(json) });
const shown = (json: string): unknown => [...read(json)].map(([name, value]) => [name, value.text(), value.isJson]);

describe('fields out of JSON', () => {
  it.each<[string, string, unknown]>([
    ['none', ' { } ', []],
    [
      'text',
      '{"a":"b","":""}',
      [
        ['a', 'b', false],
        ['', '', false],
      ],
    ],
    ['escapes', String.raw`{"a\n":"\"\\\/\b\f\n\r\té😀"}`, [['a\n', '"\\/\b\f\n\r\té😀', false]]],
    ['lone surrogates', String.raw`{"a":"\ud83dx\ude00"}`, [['a', '\ufffdx\ufffd', false]]],
    ['raw UTF-8', '{"ä":"é😀"}', [['ä', 'é😀', false]]],
    [
      'what is no text, as it stands',
      '{"a": 12345678901234567890 ,"b":1.10e+3,"c":true,"d":null,"e":[1, {"f":"]}"}],"g":{}}',
      [
        ['a', '12345678901234567890', true],
        ['b', '1.10e+3', true],
        ['c', 'true', true],
        ['d', 'null', true],
        ['e', '[1, {"f":"]}"}]', true],
        ['g', '{}', true],
      ],
    ],
    ['of two with one name the last', '{"a":"1","a":"2"}', [['a', '2', false]]],
  ])('%s', (_what, json, expected) => {
    expect(shown(json)).toEqual(expected);
  });

  it.each([
    '',
    '[]',
    '"a"',
    '{',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{"a":1 "b":2}',
    '{"a":1}x',
    '{"a":nul}',
    '{"a":01x}',
    '{a:1}',
    '{"a":"b}',
    '{"a":"\\u12"}',
    '{"a":]}',
  ])('refuses %j', (json) => {
    expect(() => read(json)).toThrow(SyntaxError);
  });

  it('refuses a document that was cut anywhere, without showing any of it', () => {
    const whole = '{"data":{"data":{"key":"CANARY \\u00e9","n":[1,2]},"metadata":{"version":3}}}';
    for (let length = 0; length < whole.length; length++) {
      try {
        membersOf(Buffer.from(whole.slice(0, length)));
        expect.unreachable(`cut at ${length}`);
      } catch (error) {
        expect(inspect(error)).not.toContain('CANARY');
        expect((error as Error).message).toBe('not valid JSON');
      }
    }
  });

  it('reads whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (object) => {
        const parsed = [...read(JSON.stringify(object))].map(([name, value]) => [
          name,
          value.isJson ? JSON.parse(value.text()) : value.text(),
        ]);
        const expected = Object.entries(JSON.parse(JSON.stringify(object).toWellFormed()) as object);
        expect(new Map(parsed as [string, unknown][])).toEqual(
          new Map(expected.map(([name, value]) => [name, typeof value === 'string' ? value.toWellFormed() : value])),
        );
      }),
    );
  });
});

describe('the body of a write', () => {
  const body = (fields: ReadonlyMap<string, SecretValue>, cas = 3): string => writeBody(fields, cas).toString('utf8');

  it('escapes text and leaves JSON as it is', () => {
    const fields = new Map([
      ['a"b', SecretValue.fromText('quote " slash \\ line \n bell \u0007 é😀\u2028')],
      ['n', SecretValue.ownJson(Buffer.from('12345678901234567890'))],
    ]);
    expect(body(fields)).toBe(
      '{"options":{"cas":3},"data":{"a\\"b":"quote \\" slash \\\\ line \\u000a bell \\u0007 é😀\u2028","n":12345678901234567890}}',
    );
    expect(body(new Map())).toBe('{"options":{"cas":3},"data":{}}');
  });

  it('leaves the values as they were', () => {
    const value = SecretValue.fromText('kept');
    body(new Map([['a', value]]));
    expect(value.text()).toBe('kept');
  });

  it('keeps a number a number through a copy, until it is wiped', () => {
    const value = SecretValue.ownJson(Buffer.from('5432'));
    const fields = new Map([['port', value.copy()]]);
    expect(body(fields)).toContain('"port":5432}');
    wipeFields(fields);
    expect(fields.get('port')?.text()).toBe('\0\0\0\0');
    expect(value.text()).toBe('5432');
  });

  it('refuses bytes that JSON cannot hold: Vault would replace them in silence', () => {
    const fields = new Map([['key', SecretValue.own(Buffer.from([0x43, 0xff, 0xfe]))]]);
    expect(() => body(fields)).toThrow('the value of "key" is no text (UTF-8): Vault cannot keep it as it is');
  });

  it('is what JSON.parse reads back', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), (texts) => {
        const fields = new Map(Object.entries(texts).map(([name, text]) => [name, SecretValue.fromText(text)]));
        expect(JSON.parse(body(fields, 0))).toEqual({ options: { cas: 0 }, data: { ...texts } });
      }),
    );
  });
});
