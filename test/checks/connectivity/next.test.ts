import { expect, test } from 'vitest';
import { hostOf, redisCli, serviceOf } from '../../../packages/core/src/checks/connectivity/next.ts';

test.each([
  ['cache.agents', { service: 'cache', namespace: 'agents' }],
  ['cache.agents.svc', { service: 'cache', namespace: 'agents' }],
  ['cache.agents.svc.cluster.local', { service: 'cache', namespace: 'agents' }],
  ['cache-0.cache.agents.svc.cluster.local', { service: 'cache', namespace: 'agents' }],
  ['example.com', undefined],
  ['redis.local', undefined],
  ['vault.example', undefined],
  ['firma.de', undefined],
  ['cache', undefined],
  ['10.0.0.1', undefined],
  ['a.b.example.com', undefined],
])('%s', (host, expected) => {
  expect(serviceOf(host)).toEqual(expected);
});

test.each([
  ['https://vault:8200/x', 'vault'],
  ['http://[::1]:8200', '::1'],
  ['https://vault', 'vault'],
  ['vault', ''],
])('host of %s', (url, host) => {
  expect(hostOf(url)).toBe(host);
});

test('redis-cli by hand', () => {
  expect(redisCli('[::1]:6380', 'INFO', 'memory')).toBe('redis-cli -h ::1 -p 6380 INFO memory');
  expect(redisCli('cache', 'PING')).toBe('redis-cli -h cache PING');
});
