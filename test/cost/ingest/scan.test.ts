import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineScanner, type ScanOptions } from '../../../packages/core/src/cost/ingest/scan.ts';

interface Seen {
  readonly lines: readonly string[];
  readonly tooLong: readonly number[];
  readonly rest: string;
  readonly offset: number;
}

/** Scans a text that comes in pieces of the given sizes. */
function scan(text: string, options: Partial<ScanOptions> = {}, sizes: readonly number[] = [1000]): Seen {
  const bytes = Buffer.from(text);
  const lines: string[] = [];
  const tooLong: number[] = [];
  let piece = 0;
  const scanner = new LineScanner(
    (into, offset, length, position) => bytes.copy(into, offset, position, position + Math.min(length, sizes[piece++ % sizes.length] ?? 1)),
    {
      line: (line, number) => {
        lines[number - 1] = line.toString();
      },
      tooLong: (number) => {
        lines[number - 1] = '<too long>';
        tooLong.push(number);
      },
    },
    {
      from: 0,
      to: Number.POSITIVE_INFINITY,
      size: bytes.length,
      partial: false,
      quotedRows: false,
      blockBytes: 8,
      maxLineBytes: 1 << 20,
      ...options,
    },
  );
  for (const _ of scanner.blocks());
  return { lines, tooLong, rest: scanner.rest.toString(), offset: scanner.offset };
}

describe('LineScanner', () => {
  it('gives the same lines whatever the reads and blocks are', () => {
    const texts = fc
      .array(fc.string({ unit: fc.constantFrom('a', 'b', '"', '\n', '\r', 'ü') }), { maxLength: 12 })
      .map((parts) => parts.join('\n'));
    fc.assert(
      fc.property(
        texts,
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 64 }),
        (text, sizes, blockBytes) => {
          const expected = text.split('\n');
          const rest = expected.pop() ?? '';
          const seen = scan(text, { blockBytes }, sizes);
          expect(seen).toEqual({
            lines: expected,
            tooLong: [],
            rest,
            offset: Buffer.byteLength(text) - Buffer.byteLength(rest),
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  it('gives each line to exactly one of several parts', () => {
    const texts = fc
      .array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 20 }), { maxLength: 10 })
      .map((parts) => parts.join('\n'));
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 25 }), fc.integer({ min: 1, max: 16 }), (text, part, blockBytes) => {
        const size = Buffer.byteLength(text);
        const found: string[] = [];
        for (let from = 0; from < size; from += part) {
          const partial = from > 0 && text[from - 1] !== '\n';
          found.push(...scan(text, { from, to: Math.min(size, from + part), partial, blockBytes }).lines);
        }
        expect(found).toEqual(text.split('\n').slice(0, -1));
      }),
      { numRuns: 500 },
    );
  });

  it('passes over lines that are too long, and only those', () => {
    const seen = scan(`short\n${'x'.repeat(100)}\nnext\n${'y'.repeat(64)}\nlast`, { maxLineBytes: 64 });
    expect(seen).toMatchObject({ lines: ['short', '<too long>', 'next', '<too long>'], tooLong: [2, 4], rest: 'last' });
  });

  it('leaves an endless line behind', () => {
    const seen = scan(`a\n${'x'.repeat(500)}`, { maxLineBytes: 64 });
    expect(seen).toMatchObject({ lines: ['a'], rest: '', offset: 2 });
  });

  it('reads no further than the size at the begin', () => {
    expect(scan('a\nb\nc\n', { size: 4 })).toMatchObject({ lines: ['a', 'b'], offset: 4 });
  });

  it.each([
    ['a line feed in quotes', 'a,"x\ny"\nb\n', ['a,"x\ny"', 'b'], ''],
    ['doubled quotes', 'a,"x""\ny"\nb\n', ['a,"x""\ny"', 'b'], ''],
    ['several quoted cells', '"1\n","\n2"\n3\n', ['"1\n","\n2"', '3'], ''],
    ['a quote that is still open', 'a\n"b\nc\n', ['a'], '"b\nc\n'],
  ])('keeps rows together: %s', (_, text, lines, rest) => {
    for (const blockBytes of [1, 3, 1000]) expect(scan(text, { quotedRows: true, blockBytes })).toMatchObject({ lines, rest });
  });

  it('does not let an open quote swallow a file', () => {
    const text = `"open\n${'row\n'.repeat(300_000)}`;
    const seen = scan(text, { quotedRows: true, blockBytes: 1 << 20, maxLineBytes: 1 << 22 }, [1 << 20]);
    expect([seen.lines.length, seen.lines[0], seen.lines[1]]).toEqual([300_001, '"open', 'row']);
  });
});
