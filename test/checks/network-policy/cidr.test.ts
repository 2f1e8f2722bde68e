import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coversWorld, holdsAddress, parseCidr, rangesOf } from '../../../packages/core/src/checks/network-policy/cidr.ts';

const block = (cidr: string, ...except: string[]) => ({ cidr, except });

describe('parseCidr', () => {
  it.each([
    ['10.0.0.0/8', 4, 10n << 24n, 11n << 24n],
    ['0.0.0.0/0', 4, 0n, 1n << 32n],
    ['192.168.1.7/32', 4, 0xc0a80107n, 0xc0a80108n],
    ['10.1.2.3/8', 4, 10n << 24n, 11n << 24n],
    ['::/0', 6, 0n, 1n << 128n],
    ['::1/128', 6, 1n, 2n],
    ['2001:db8::/32', 6, 0x20010db8n << 96n, 0x20010db9n << 96n],
    ['2001:db8::1:2/128', 6, (0x20010db8n << 96n) + 0x10002n, (0x20010db8n << 96n) + 0x10003n],
    ['::ffff:10.0.0.1/128', 6, 0xffff0a000001n, 0xffff0a000002n],
    ['1:2:3:4:5:6:7:8/128', 6, 0x00010002000300040005000600070008n, 0x00010002000300040005000600070009n],
  ] as const)('%s', (text, family, start, end) => {
    expect(parseCidr(text)).toEqual({ family, start, end });
  });

  it.each([
    '',
    '10.0.0.0',
    '10.0.0/8',
    '10.0.0.256/8',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '::/129',
    '1::2::3/64',
    '1:2:3/64',
    'g::/64',
    '1:2:3:4:5:6:7::8/64x',
    '10.0.0.0/-1',
  ])('refuses %j', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

describe('coversWorld', () => {
  it.each<[string, ReturnType<typeof block>[], boolean]>([
    ['0.0.0.0/0', [block('0.0.0.0/0')], true],
    ['::/0', [block('::/0')], true],
    ['written out', [block('0:0:0:0:0:0:0:0/0')], true],
    ['without the private ranges it is still the world', [block('0.0.0.0/0', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16')], true],
    ['in two halves', [block('0.0.0.0/1'), block('128.0.0.0/1')], true],
    ['the Internet’s half of IPv6', [block('2000::/3')], true],
    ['a half and its exception', [block('0.0.0.0/1', '10.0.0.0/8')], false],
    ['both halves excepted', [block('0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/1')], false],
    ['the same quarter twice', [block('0.0.0.0/2'), block('0.0.0.0/2')], false],
    ['a private range', [block('10.0.0.0/8')], false],
    ['private IPv6', [block('fc00::/7')], false],
    ['nothing', [], false],
    ['what cannot be parsed', [block('everything')], false],
    ['an exception of the other family takes nothing away', [block('0.0.0.0/0', '::/1')], true],
  ])('%s', (_name, blocks, expected) => {
    expect(coversWorld(blocks)).toBe(expected);
  });
});

describe('holdsAddress', () => {
  it.each([
    [block('0.0.0.0/0'), true],
    [block('169.254.0.0/16'), true],
    [block('0.0.0.0/0', '169.254.169.254/32'), false],
    [block('0.0.0.0/0', '169.254.0.0/16'), false],
    [block('::/0'), false],
  ])('%j', (one, expected) => {
    expect(holdsAddress([one], '169.254.169.254')).toBe(expected);
  });
});

it('what is left of a block and what is taken out make up the block', () => {
  const nested = fc.tuple(
    fc.integer({ min: 0, max: 8 }),
    fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 9, max: 32 })), { maxLength: 4 }),
  );
  fc.assert(
    fc.property(nested, fc.integer({ min: 0, max: 0xffffffff }), ([length, holes], probe) => {
      const one = block(`0.0.0.0/${length}`, ...holes.map(([third, size]) => `0.${third}.0.0/${size}`));
      const inside = (text: string): boolean => {
        const range = parseCidr(text);
        return range !== undefined && range.start <= BigInt(probe) && BigInt(probe) < range.end;
      };
      const left = rangesOf(one).some((range) => range.start <= BigInt(probe) && BigInt(probe) < range.end);
      expect(left).toBe(inside(one.cidr) && !one.except.some(inside));
    }),
  );
});
