import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress, parseRedisUrl } from '../../../packages/core/src/evidence/redis/address.ts';

describe('parseRedisUrl', () => {
  test.each([
    ['redis://cache', { topology: 'single', tls: false, database: 0, seeds: [{ host: 'cache', port: 6379 }] }],
    ['rediss://cache:6380/3', { topology: 'single', tls: true, database: 3, seeds: [{ host: 'cache', port: 6380 }] }],
    ['redis://[::1]:7000', { topology: 'single', tls: false, database: 0, seeds: [{ host: '::1', port: 7000 }] }],
    ['redis://:pa%40ss@h', { topology: 'single', tls: false, database: 0, password: 'pa@ss', seeds: [{ host: 'h', port: 6379 }] }],
    [
      'redis://us%3Aer:p:a@ss@h:1',
      { topology: 'single', tls: false, database: 0, username: 'us:er', password: 'p:a@ss', seeds: [{ host: 'h', port: 1 }] },
    ],
    ['redis://user@h', { topology: 'single', tls: false, database: 0, username: 'user', seeds: [{ host: 'h', port: 6379 }] }],
    ['redis://:100%@h', { topology: 'single', tls: false, database: 0, password: '100%', seeds: [{ host: 'h', port: 6379 }] }],
    [
      'redis+sentinel://h1:26380,h2/mymaster',
      {
        topology: 'sentinel',
        tls: false,
        database: 0,
        masterName: 'mymaster',
        seeds: [
          { host: 'h1', port: 26380 },
          { host: 'h2', port: 26379 },
        ],
      },
    ],
    [
      'rediss+sentinel://h/my%20master/2',
      { topology: 'sentinel', tls: true, database: 2, masterName: 'my master', seeds: [{ host: 'h', port: 26379 }] },
    ],
    [
      'redis+cluster://a, b:1',
      {
        topology: 'cluster',
        tls: false,
        database: 0,
        seeds: [
          { host: 'a', port: 6379 },
          { host: 'b', port: 1 },
        ],
      },
    ],
  ])('%s', (url, expected) => {
    expect(parseRedisUrl(url)).toEqual(expected);
  });

  test.each([
    ['http://cache', 'the URL is no Redis URL'],
    ['redis://', 'the URL has a host or port that cannot be read'],
    ['redis://:CANARY@', 'the URL has a host or port that cannot be read'],
    ['redis://a,,b', 'the URL has a host or port that cannot be read'],
    ['redis://h:0', 'the URL has a host or port that cannot be read'],
    ['redis://h:99999', 'the URL has a host or port that cannot be read'],
    ['redis+sentinel://h', 'the Sentinel URL does not end in the name of a master, e.g. /mymaster'],
    ['redis://h/CANARY', 'the URL has no number for a database'],
    ['redis://h/-1', 'the URL has no number for a database'],
  ])('%s: %s', (url, why) => {
    expect(parseRedisUrl(url)).toBe(why);
  });
});

test('addresses are formatted so that they can be parsed again', () => {
  expect(formatAddress({ host: '::1', port: 1 })).toBe('[::1]:1');
  expect(parseAddress('[::1]:1', 6379)).toEqual({ host: '::1', port: 1 });
  expect(formatAddress({ host: 'a', port: 2 })).toBe('a:2');
});
