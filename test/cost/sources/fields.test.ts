import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countOfText, isoTime, keyOf, Malformed, name } from '../../../packages/core/src/cost/sources/fields.ts';

describe('isoTime', () => {
  it('gives the time of any text that a date writes', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }), (date) => {
        expect(isoTime(date.toISOString(), 't')).toBe(date.getTime());
        // The other way through: without milliseconds' dot the usual form is not taken.
        expect(isoTime(date.toISOString().replace('Z', '+00:00'), 't')).toBe(date.getTime());
      }),
    );
  });

  it.each([
    ['2026-03-10', Date.UTC(2026, 2, 10)],
    ['2026-03-10 12:34', Date.UTC(2026, 2, 10, 12, 34)],
    ['2026-03-10T12:34:56', Date.UTC(2026, 2, 10, 12, 34, 56)],
    ['2026-03-10T12:34:56,5Z', Date.UTC(2026, 2, 10, 12, 34, 56, 500)],
    ['2026-03-10 12:34:56 UTC', Date.UTC(2026, 2, 10, 12, 34, 56)],
    ['2026-03-10T12:34:56+0530', Date.UTC(2026, 2, 10, 7, 4, 56)],
    ['2026-03-10T12:34:56-03', Date.UTC(2026, 2, 10, 15, 34, 56)],
    ['2024-02-29T00:00:00.000Z', Date.UTC(2024, 1, 29)],
    ['2026-12-31T23:59:60Z', Date.UTC(2027, 0, 1)],
  ])('reads %s', (text, ms) => {
    expect(isoTime(text, 't', 'utc')).toBe(ms);
  });

  it.each([
    '2026-02-29T00:00:00.000Z',
    '2026-02-30T00:00:00.000Z',
    '2026-13-01T00:00:00.000Z',
    '2026-00-01T00:00:00.000Z',
    '2026-03-10T24:00:00.000Z',
    '2026-03-10T12:60:00.000Z',
    '2026-03-10T12:00:61.000Z',
    '2026-03-10T12:00:0x.000Z',
    '2026-03-10T12-00-00.000Z',
    '1999-12-31T00:00:00.000Z',
    '2100-01-01T00:00:00.000Z',
    '10 March 2026 12:00 GMT+',
    'x2026-03-10T12:00:00.00Z',
  ])('refuses %s', (text) => {
    // Before and after a valid time of a day like it.
    expect(() => isoTime(text, 't')).toThrow(Malformed);
    isoTime('2026-03-10T00:00:00.000Z', 't');
    expect(() => isoTime(text, 't')).toThrow(Malformed);
  });
});

describe('name', () => {
  it.each([
    [' a ', 'a'],
    ['a\u0000b', 'a\uFFFDb'],
    ['\u009b31m', '\uFFFD31m'],
    ['😀', '😀'],
    ['a\ud83d', 'a\uFFFD'],
    [7, '7'],
    [null, ''],
  ])('makes %j %j', (value, expected) => {
    expect(name(value, 'n')).toBe(expected);
  });
});

describe('countOfText', () => {
  it.each([
    ['1000', 1000],
    ['1000.0', 1000],
    [' 7 ', 7],
    ['', undefined],
    [null, undefined],
    [5, 5],
  ])('reads %j as %j', (value, expected) => {
    expect(countOfText(value, 'n')).toBe(expected);
  });

  it.each(['1e3', '-1', '1.5', '0x10', '9007199254740993', Number.POSITIVE_INFINITY, true])('refuses %j', (value) => {
    expect(() => countOfText(value, 'n')).toThrow(new Malformed('bad-number', 'n is not a whole count'));
  });
});

describe('keyOf', () => {
  it('keeps apart what only reads alike', () => {
    expect(keyOf(['a', 'b'])).not.toBe(keyOf(['a,b']));
    expect(keyOf(['1'])).not.toBe(keyOf([1]));
    expect(keyOf([null, undefined])).toBe('["",""]');
  });
});
