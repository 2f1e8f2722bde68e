import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composite, jsonSelector, pick, type Shape } from '../../../packages/core/src/cost/sources/select-json.ts';

const shape = { a: true, b: { c: true, d: { e: true } }, ü: true, usage: { n: true } } satisfies Shape;
const select = jsonSelector(shape);
const keys = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'ü', 'usage', 'n', 'x', '', '"', 'a\\', '\u0000', '__proto__');
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, -0, 1.5, -2e-7, 1e300, 123456789, 'a', 'ü\u2028', '\\"\n\u0007', '\ud800'),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.double(),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.array(fc.tuple(keys, tie('json')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

/** What JSON.parse makes of it; undefined where it throws. */
function parsed(text: Buffer): unknown {
  try {
    return pick(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text)), shape);
  } catch {
    return undefined;
  }
}

describe('jsonSelector', () => {
  it('takes the wanted fields and no others', () => {
    expect(select(Buffer.from('{"x":{"a":1},"a":"t\\u00e9","b":{"c":[1],"d":{"e":-1.5e1}},"usage":7} '))).toEqual({
      a: 'té',
      b: { c: composite, d: { e: -15 } },
      usage: 7,
    });
  });

  it('gives what JSON.parse gives, for any JSON in any spacing', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 1, '\t'), (value, spacing) => {
        const text = Buffer.from(JSON.stringify(value, undefined, spacing));
        const selected = select(text);
        // Escaped keys are left to JSON.parse; nothing else of a valid text is.
        if (selected === undefined) expect(text.toString()).toMatch(/\\[^"]*"\s*:|"\\"/);
        else expect(selected).toEqual(parsed(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('accepts nothing that JSON.parse refuses, and changes nothing that it accepts', () => {
    const mutations = fc.array(
      fc.tuple(
        fc.nat(),
        fc.oneof(
          fc.integer({ min: 0, max: 255 }),
          fc.constantFrom(...'"\\{}[],:0-+.eEtfnu \n\t\0').map((char) => char.charCodeAt(0)),
        ),
      ),
      {
        minLength: 1,
        maxLength: 3,
      },
    );
    fc.assert(
      fc.property(json, mutations, fc.boolean(), (value, changes, insert) => {
        const bytes = [...Buffer.from(JSON.stringify(value))];
        for (const [at, byte] of changes) bytes.splice(at % (bytes.length + 1), insert ? 0 : 1, byte);
        const text = Buffer.from(bytes);
        const selected = select(text);
        if (selected !== undefined) expect(selected).toEqual(parsed(text));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['nothing', ''],
    ['a bare minus', '{"a":-}'],
    ['a leading zero', '{"a":01}'],
    ['no digits after the point', '{"a":1.}'],
    ['no digits in the exponent', '{"a":1e}'],
    ['a word cut short', '{"a":tru}'],
    ['a comma too many', '{"a":1,}'],
    ['a comma too many in a list', '{"x":[1,]}'],
    ['a missing colon', '{"a" 1}'],
    ['text behind', '{"a":1}x'],
    ['a raw line feed in a text', '{"x":"\n"}'],
    ['a raw NUL in a text', '{"x":"\0"}'],
    ['an unknown escape', '{"x":"\\q"}'],
    ['a short unicode escape', '{"x":"\\u12"}'],
    ['a text without an end', '{"x":"abc'],
    ['a backslash at the end', '{"x":"\\'],
  ])('refuses %s', (_, text) => {
    expect(select(Buffer.from(text))).toBeUndefined();
    expect(parsed(Buffer.from(text))).toBeUndefined();
  });

  it('leaves deep nesting to JSON.parse', () => {
    const deep = `{"a":1,"x":${'['.repeat(500)}${']'.repeat(500)}}`;
    expect(select(Buffer.from(deep))).toBeUndefined();
    expect(parsed(Buffer.from(deep))).toEqual({ a: 1 });
  });

  it('refuses what is no UTF-8', () => {
    expect(select(Buffer.from([0x7b, 0x22, 0x78, 0x22, 0x3a, 0x22, 0xc3, 0x22, 0x7d]))).toBeUndefined();
  });
});
