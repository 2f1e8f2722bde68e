import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate } from '../../packages/core/src/model/allocate.ts';

const cent = 10_000_000_000n;

describe('allocate', () => {
  it.each([
    ['nothing', [], [], 0n],
    ['thirds of a dollar', [333_333_333_333n, 333_333_333_333n, 333_333_333_334n], [33n, 33n, 34n], 100n],
    ['what lost most gets the cent', [14_000_000_000n, 16_000_000_000n], [1n, 2n], 3n],
    ['parts below a cent', [4_000_000_000n, 4_000_000_000n, 4_000_000_000n], [1n, 0n, 0n], 1n],
    ['a credit', [-15_000_000_000n, 25_000_000_000n], [-1n, 2n], 1n],
  ] as const)('%s', (_name, parts, cents, total) => {
    expect(allocate(parts, cent)).toEqual({ parts: cents.map((each) => each * cent), total: total * cent });
  });

  it('the rounded parts add up to the rounded total, and none is off by a cent or more', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), { maxLength: 40 }), (parts) => {
        const { parts: rounded, total } = allocate(parts, cent);
        const sum = parts.reduce((all, part) => all + part, 0n);
        expect(rounded.reduce((all, part) => all + part, 0n)).toBe(total);
        expect(sum - total <= cent / 2n && total - sum <= cent / 2n).toBe(true);
        for (const [index, part] of parts.entries()) {
          const off = (rounded[index] ?? 0n) - part;
          expect(off < cent && off > -cent).toBe(true);
        }
      }),
    );
  });
});
