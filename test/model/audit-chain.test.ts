import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditHash, canonicalJson, noPrevious, verifyChain } from '../../packages/core/src/model/audit-chain.ts';
import type { AuditRecord } from '../../packages/core/src/model/rotation.ts';

function chainOf(details: readonly string[]): AuditRecord[] {
  const chain: AuditRecord[] = [];
  for (const detail of details) {
    const record = {
      seq: chain.length + 1,
      at: '2026-11-21T13:07:31Z',
      by: 'me',
      secret: 'openai',
      event: 'done' as const,
      rotation: null,
      version: 5,
      detail,
      previous: chain.at(-1)?.hash ?? noPrevious,
    };
    chain.push({ ...record, hash: auditHash(record) });
  }
  return chain;
}

const four = chainOf(['a', 'b', 'c', 'd']);
const edit = (index: number, change: Partial<AuditRecord>): AuditRecord[] =>
  four.map((record, at) => (at === index ? { ...record, ...change } : record));

describe('canonical JSON', () => {
  it('sorts keys at every depth and leaves arrays alone', () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }, 'x'], a: undefined, A: true })).toBe('{"A":true,"b":[{"c":null,"d":1},"x"]}');
  });
});

describe('the hash of a record', () => {
  it('is that of its canonical JSON without the hash', () => {
    expect(four[0]?.hash).toBe('9661caec0ca2ffc2c120315abfea7ef9a12bf968bff7cdd3933c0960d426340c');
  });
});

describe('a chain', () => {
  it('is whole when empty, with one record, with four', () => {
    for (const length of [0, 1, 4]) expect(verifyChain(four.slice(0, length))).toEqual({ ok: true });
  });

  it.each<[string, AuditRecord[], number, string]>([
    ['its beginning is missing', four.slice(1), 1, 'record 1 is missing (2 follows 0)'],
    ['its middle is missing', [four[0], four[3]].filter((record) => record !== undefined), 2, 'record 2 is missing (4 follows 1)'],
    [
      'two are swapped',
      [four[0], four[2], four[1], four[3]].filter((record) => record !== undefined),
      2,
      'record 2 is missing (3 follows 1)',
    ],
    ['one is there twice', [...four.slice(0, 2), ...four.slice(1)], 3, 'record 2 is out of order'],
    ['a detail was changed', edit(2, { detail: 'x' }), 3, 'record 3 was changed'],
    ['a hash was changed', edit(1, { hash: '0'.repeat(64) }), 2, 'record 2 was changed'],
    ['a field was added', edit(1, { extra: 'x' } as Partial<AuditRecord>), 2, 'record 2 was changed'],
  ])('is broken where %s', (_what, records, seq, problem) => {
    expect(verifyChain(records)).toEqual({ ok: false, seq, problem });
  });

  it('is broken where a record was changed and hashed anew', () => {
    const changed = edit(1, { detail: 'x' });
    const record = changed[1];
    if (record) changed[1] = { ...record, hash: auditHash(record) };
    expect(verifyChain(changed)).toEqual({ ok: false, seq: 3, problem: 'record 3 does not follow the one before it' });
  });

  it('is broken where a later part was made anew and numbered on', () => {
    const other = chainOf(['x', 'y', 'z']);
    expect(verifyChain([...four.slice(0, 2), ...other.slice(2)])).toEqual({
      ok: false,
      seq: 3,
      problem: 'record 3 does not follow the one before it',
    });
  });

  it('shows any one record that is taken from before its end, or any one text that is changed', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 2, maxLength: 12 }), fc.nat(), fc.string({ minLength: 1 }), (details, at, more) => {
        const chain = chainOf(details);
        expect(verifyChain(chain)).toEqual({ ok: true });
        const index = at % chain.length;
        if (index < chain.length - 1) expect(verifyChain(chain.toSpliced(index, 1))).toMatchObject({ ok: false, seq: index + 1 });
        const record = chain[index];
        if (record) {
          expect(verifyChain(chain.with(index, { ...record, detail: record.detail + more }))).toMatchObject({ ok: false, seq: index + 1 });
        }
      }),
    );
  });
});
