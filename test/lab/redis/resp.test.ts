import { describe, expect, test } from 'vitest';
import { globToRegExp } from '../../../packages/lab/src/redis/keyspace.ts';
import { CommandParser, encode, ProtocolError, type Reply } from '../../../packages/lab/src/redis/resp.ts';

describe('encode', () => {
  test.each<[Reply, string, string]>([
    ['ä', '$2\r\nä\r\n', '$2\r\nä\r\n'],
    ['', '$0\r\n\r\n', '$0\r\n\r\n'],
    [7, ':7\r\n', ':7\r\n'],
    [null, '$-1\r\n', '_\r\n'],
    [{ simple: 'OK' }, '+OK\r\n', '+OK\r\n'],
    [{ error: 'ERR no' }, '-ERR no\r\n', '-ERR no\r\n'],
    [['a', 1, null], '*3\r\n$1\r\na\r\n:1\r\n$-1\r\n', '*3\r\n$1\r\na\r\n:1\r\n_\r\n'],
    [{ pairs: [['k', 1]] }, '*2\r\n$1\r\nk\r\n:1\r\n', '%1\r\n$1\r\nk\r\n:1\r\n'],
  ])('%j', (reply, two, three) => {
    expect(encode(reply, 2)).toBe(two);
    expect(encode(reply, 3)).toBe(three);
  });
});

describe('CommandParser', () => {
  test('commands in any pieces', () => {
    const bytes = Buffer.from('*2\r\n$4\r\nECHO\r\n$4\r\nä\r\n\r\nPING  x\r\n*0\r\n\r\n*1\r\n$4\r\nQUIT\r\n');
    for (const size of [1, 2, 3, 7, bytes.length]) {
      const parser = new CommandParser();
      const commands: string[][] = [];
      for (let at = 0; at < bytes.length; at += size) commands.push(...parser.push(bytes.subarray(at, at + size)));
      expect(commands).toEqual([['ECHO', 'ä\r\n'], ['PING', 'x'], ['QUIT']]);
    }
  });

  test.each(['*x\r\n', '*1\r\n+PING\r\n', '*1\r\n$-5\r\n', 'x'.repeat(70_000)])('%.20j is no command', (text) => {
    expect(() => new CommandParser().push(Buffer.from(text))).toThrow(ProtocolError);
  });
});

test.each([
  ['agents:*', 'agents:registry', true],
  ['agents:*', 'agent:registry', false],
  ['a?c', 'abc', true],
  ['[ab]*', 'bx', true],
  ['[ab]*', 'cx', false],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'axb', false],
  ['a.b', 'axb', false],
  ['*', 'a\nb', true],
])('%s matches %s: %s', (pattern, text, expected) => {
  expect(globToRegExp(pattern).test(text)).toBe(expected);
});
