import { describe, expect, test } from 'vitest';
import { parseLabelSelector } from '../../../packages/lab/src/kubernetes/label-selector.ts';

const objects: Record<string, Record<string, string>> = {
  none: {},
  x: { app: 'x', tier: 'a' },
  y: { app: 'y', size: '7' },
  empty: { app: '' },
};

const selected = (selector: string) => {
  const matches = parseLabelSelector(selector);
  return Object.keys(objects).filter((name) => matches(objects[name] ?? {}));
};

describe('parseLabelSelector', () => {
  test.each([
    ['', ['none', 'x', 'y', 'empty']],
    ['app', ['x', 'y', 'empty']],
    ['!app', ['none']],
    ['app=x', ['x']],
    ['app==x', ['x']],
    ['app!=x', ['none', 'y', 'empty']],
    ['app=', ['empty']],
    ['app in (x, y)', ['x', 'y']],
    ['app in ()', ['empty']],
    ['app in (,x)', ['x', 'empty']],
    ['app notin (x)', ['none', 'y', 'empty']],
    ['app notin (x),app', ['y', 'empty']],
    ['size>6', ['y']],
    ['size<7', []],
    ['tier>1', []],
    ['app=x,tier=a', ['x']],
    ['app=x,tier=b', []],
    ['in', []],
    [' app = x ', ['x']],
  ])('%j selects %j', (selector, expected) => {
    expect(selected(selector)).toEqual(expected);
  });

  test.each([
    ['a===', "unable to parse requirement: found '=', expected: identifier"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a in x', "unable to parse requirement: found 'x' expected: '('"],
    ['a in (', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
    ['a in (x', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    [',', "found ',', expected: !, identifier, or 'end of string'"],
    ['a,', "found '', expected: identifier after ','"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a>b', "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' operators, the value must be an integer"],
  ])('%j is refused as the real server refuses it', (selector, message) => {
    expect(() => parseLabelSelector(selector)).toThrow(expect.objectContaining({ code: 400, reason: 'BadRequest', message }));
  });

  test.each(['-a=b', 'a=b/c', 'a=-b'])('%j is no label', (selector) => {
    expect(() => parseLabelSelector(selector)).toThrow(expect.objectContaining({ code: 400 }));
  });

  test('a label named like a property of objects is not there by itself', () => {
    expect(parseLabelSelector('constructor')({})).toBe(false);
  });
});
