import { describe, expect, it } from 'vitest';
import { globPattern } from '../../../packages/core/src/cost/ingest/glob.ts';

describe('globPattern', () => {
  it.each([
    ['/a/b.json', '/a/b.json'],
    ['/a/b/*.json', '/a/b'],
    ['/a/**/x/*.json', '/a'],
    ['/*.json', '/'],
    ['*.json', '.'],
  ])('starts %s at %s', (pattern, base) => {
    expect(globPattern(pattern).base).toBe(base);
  });

  it('has no test where there is no pattern', () => {
    expect(globPattern('/a/b.json').matches).toBeUndefined();
  });

  it.each([
    ['/l/*.jsonl', 'a.jsonl', true],
    ['/l/*.jsonl', 'd/a.jsonl', false],
    ['/l/**/*.jsonl', 'a.jsonl', true],
    ['/l/**/*.jsonl', '-w/.d/e/a.jsonl', true],
    ['/l/**/*.jsonl', 'a.json', false],
    ['/l/**', 'a/b/c', true],
    ['/l/a?c', 'abc', true],
    ['/l/a?c', 'a/c', false],
    ['/l/{x,y}/**/*.log', 'y/z/1.log', true],
    ['/l/{x,y}/*.log', 'z/1.log', false],
    ['/l/[a-c].log', 'b.log', true],
    ['/l/[!a-c].log', 'b.log', false],
    ['/l/*.(x)+$', 'a.(x)+$', true],
    ['/l/*.log', 'axlog', false],
    ['/l/{x*', '{xy', true],
    ['/l/[x*', '[xy', true],
  ])('%s against %s: %s', (pattern, below, expected) => {
    expect(globPattern(pattern).matches?.(below)).toBe(expected);
  });
});
