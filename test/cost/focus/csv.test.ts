import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvCell, csvText } from '../../../packages/core/src/cost/focus/csv.ts';

describe('csvCell', () => {
  test.each([
    ['', ''],
    ['planner', 'planner'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    [' padded', '" padded"'],
    ['-5', '-5'],
    ['-0.000001', '-0.000001'],
    ['=1+1', "'=1+1"],
    ['+cmd', "'+cmd"],
    ['-cmd', "'-cmd"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
    ['\t=1', "'\t=1"],
    ['＝1', "'＝1"],
  ])('%j becomes %j', (text, cell) => expect(csvCell(text)).toBe(cell));
});

test('rows end in CRLF, the head is there without rows', () => {
  expect(csvText(['a', 'b'], [])).toBe('a,b\r\n');
  expect(csvText(['a', 'b'], [['1', '2']])).toBe('a,b\r\n1,2\r\n');
});

/** RFC 4180, the other way round. */
function parse(csv: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < csv.length; i += 1) {
    const char = csv[i] ?? '';
    if (quoted && char === '"' && csv[i + 1] === '"') {
      cell += '"';
      i += 1;
    } else if (char === '"') quoted = !quoted;
    else if (!quoted && char === ',') {
      row.push(cell);
      cell = '';
    } else if (!quoted && char === '\r' && csv[i + 1] === '\n') {
      rows.push([...row, cell]);
      row = [];
      cell = '';
      i += 1;
    } else cell += char;
  }
  return rows;
}

test('whatever is written is read back, apart from the apostrophe, and no cell is a formula', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string()), { minLength: 1 }), (rows) => {
      const read = parse(csvText(['x', 'y'], rows)).slice(1);
      expect(read.map((row) => row.length)).toEqual(rows.map(() => 2));
      for (const [i, row] of rows.entries()) {
        for (const [j, text] of row.entries()) {
          const cell = read[i]?.[j] ?? '';
          expect(cell === text || cell === `'${text}`).toBe(true);
          expect(/^[=+@\t\r]/.test(cell)).toBe(false);
        }
      }
    }),
  );
});
