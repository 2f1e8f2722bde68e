import { decodePart } from '../display.ts';

/** Where a Redis server listens. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** What a `redis://`, `rediss://`, `redis+sentinel://` or `redis+cluster://` URL says. */
export interface RedisTarget {
  readonly topology: 'single' | 'sentinel' | 'cluster';
  readonly tls: boolean;
  /** The server; or the Sentinels; or nodes of the cluster to start from. */
  readonly seeds: readonly [RedisAddress, ...RedisAddress[]];
  readonly masterName?: string;
  readonly database: number;
  readonly username?: string;
  readonly password?: string;
}

/**
 * Parses a Redis URL with one host or several. Returns what is wrong with it as
 * a phrase that repeats nothing of it, for it may hold a password.
 */
export function parseRedisUrl(url: string): RedisTarget | string {
  const match = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/([^/?#]*)(?:\/([^?#]*))?/.exec(url);
  if (!match) return 'the URL is no Redis URL';
  const [, secure, kind, authority = '', path = ''] = match;
  const topology = (kind ?? 'single') as RedisTarget['topology'];
  // A password may hold an @ that nobody escaped; a host never does.
  const at = authority.lastIndexOf('@');
  const seeds = authority
    .slice(at + 1)
    .split(',')
    .map((text) => parseAddress(text, topology === 'sentinel' ? 26_379 : 6379));
  const [first, ...rest] = seeds;
  if (!first || seeds.includes(undefined)) return 'the URL has a host or port that cannot be read';
  const parts = path.split('/').filter((part) => part !== '');
  const masterName = topology === 'sentinel' ? decodePart(parts.shift() ?? '') : undefined;
  if (masterName === '') return 'the Sentinel URL does not end in the name of a master, e.g. /mymaster';
  const database = parts[0] === undefined ? 0 : Number(parts[0]);
  if (!Number.isInteger(database) || database < 0) return 'the URL has no number for a database';
  const [username, password] = at < 0 ? [] : splitOnce(authority.slice(0, at), ':').map(decodePart);
  return {
    topology,
    tls: secure === 's',
    seeds: [first, ...rest.filter((seed) => seed !== undefined)],
    database,
    ...(masterName === undefined ? {} : { masterName }),
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
  };
}

/** `host`, `host:port`, `[::1]:port`; undefined where neither. */
export function parseAddress(text: string, defaultPort: number): RedisAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? defaultPort);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** `host:port`, an IPv6 address in brackets. */
export function formatAddress({ host, port }: RedisAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
