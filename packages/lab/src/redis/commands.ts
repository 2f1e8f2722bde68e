import { infoText } from './info.ts';
import { globToRegExp, type Keyspace, page, type Value } from './keyspace.ts';
import { ok, type Reply } from './resp.ts';

/** What a command may read and change. */
export interface CommandHost {
  readonly keys: Keyspace;
  readonly info: Readonly<Record<string, string | number>>;
  select(database: number): void;
}

interface Command {
  /** As Redis counts it: the name is one, negative is at least. */
  readonly arity: number;
  run(host: CommandHost, args: readonly string[]): Reply;
}

const wrongType: Reply = { error: 'WRONGTYPE Operation against a key holding the wrong kind of value' };
const syntax: Reply = { error: 'ERR syntax error' };
const noCluster: Reply = { error: 'ERR This instance has cluster support disabled' };

/** Commands that need a session of their own (HELLO, AUTH, SELECT, QUIT…) live in session.ts. */
export const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['ping', { arity: -1, run: (_host, args) => ping(args) }],
  ['echo', { arity: 2, run: (_host, [text = '']) => text }],
  ['info', { arity: -1, run: (host, sections) => infoText(sections, host.info) }],
  ['role', { arity: 1, run: ({ info }) => role(info) }],
  ['dbsize', { arity: 1, run: ({ keys }) => keys.size }],
  ['exists', { arity: -2, run: ({ keys }, names) => names.filter((name) => keys.has(name)).length }],
  ['type', { arity: 2, run: ({ keys }, [name = '']) => ({ simple: typeOf(keys.get(name)) }) }],
  ['ttl', { arity: 2, run: ({ keys }, [name = '']) => (keys.has(name) ? -1 : -2) }],
  ['get', { arity: 2, run: ({ keys }, [name = '']) => onString(keys.get(name), (text) => text) }],
  ['set', { arity: 3, run: ({ keys }, [name = '', text = '']) => store(keys, name, text) }],
  ['del', { arity: -2, run: ({ keys }, names) => names.filter((name) => keys.delete(name)).length }],
  ['hget', { arity: 3, run: ({ keys }, [name = '', field = '']) => onHash(keys.get(name), (hash) => hash.get(field) ?? null) }],
  ['hlen', { arity: 2, run: ({ keys }, [name = '']) => onHash(keys.get(name), (hash) => hash.size) }],
  ['hkeys', { arity: 2, run: ({ keys }, [name = '']) => onHash(keys.get(name), (hash) => [...hash.keys()]) }],
  ['hexists', { arity: 3, run: ({ keys }, [name = '', field = '']) => onHash(keys.get(name), (hash) => Number(hash.has(field))) }],
  ['hgetall', { arity: 2, run: ({ keys }, [name = '']) => onHash(keys.get(name), (hash) => ({ pairs: [...hash] })) }],
  ['hset', { arity: -4, run: hset }],
  ['hdel', { arity: -3, run: hdel }],
  ['hscan', { arity: -3, run: hscan }],
  ['scan', { arity: -2, run: scan }],
  ['config', { arity: -2, run: ({ info }, args) => config(info, args) }],
  ['cluster', { arity: -2, run: () => noCluster }],
]);

function ping(args: readonly string[]): Reply {
  return args.length > 1 ? { error: "ERR wrong number of arguments for 'ping' command" } : (args[0] ?? { simple: 'PONG' });
}

function store(keys: Keyspace, name: string, text: string): Reply {
  keys.set(name, text);
  return ok;
}

function typeOf(value: Value | undefined): string {
  return value === undefined ? 'none' : typeof value === 'string' ? 'string' : 'hash';
}

function onString(value: Value | undefined, read: (text: string) => Reply): Reply {
  if (value === undefined) return null;
  return typeof value === 'string' ? read(value) : wrongType;
}

function onHash(value: Value | undefined, read: (hash: Map<string, string>) => Reply): Reply {
  return typeof value === 'string' ? wrongType : read(value ?? new Map());
}

function hset({ keys }: CommandHost, [name = '', ...pairs]: readonly string[]): Reply {
  if (pairs.length % 2 === 1) return { error: "ERR wrong number of arguments for 'hset' command" };
  return onHash(keys.get(name), (hash) => {
    const before = hash.size;
    for (let at = 0; at < pairs.length; at += 2) hash.set(pairs[at] ?? '', pairs[at + 1] ?? '');
    keys.set(name, hash);
    return hash.size - before;
  });
}

function hdel({ keys }: CommandHost, [name = '', ...fields]: readonly string[]): Reply {
  return onHash(keys.get(name), (hash) => {
    const removed = fields.filter((field) => hash.delete(field)).length;
    if (hash.size === 0) keys.delete(name);
    return removed;
  });
}

function hscan({ keys }: CommandHost, [name = '', cursor = '', ...rest]: readonly string[]): Reply {
  return onHash(keys.get(name), (hash) =>
    scanPage(
      [...hash],
      cursor,
      rest,
      ([field]) => field,
      (entries) => entries.flat(),
    ),
  );
}

function scan({ keys }: CommandHost, [cursor = '', ...rest]: readonly string[]): Reply {
  return scanPage(
    [...keys.keys()],
    cursor,
    rest,
    (key) => key,
    (names) => [...names],
  );
}

/** SCAN and HSCAN: cursor, then MATCH and COUNT in any order. */
function scanPage<T>(
  items: readonly T[],
  cursor: string,
  options: readonly string[],
  nameOf: (item: T) => string,
  render: (items: readonly T[]) => readonly string[],
): Reply {
  if (!/^\d+$/.test(cursor)) return { error: 'ERR invalid cursor' };
  let match: RegExp | undefined;
  let count = 10;
  for (let at = 0; at < options.length; at += 2) {
    const value = options[at + 1];
    const option = options[at]?.toLowerCase();
    if (value === undefined) return syntax;
    if (option === 'match') match = globToRegExp(value);
    else if (option !== 'count') return syntax;
    else if (!/^-?\d+$/.test(value)) return { error: 'ERR value is not an integer or out of range' };
    else if (Number(value) < 1) return syntax;
    else count = Number(value);
  }
  const taken = page(items, Number(cursor), count);
  return [taken.next, render(taken.items.filter((item) => match?.test(nameOf(item)) ?? true))];
}

/** CONFIG GET, of the settings that INFO tells as well. */
function config(info: CommandHost['info'], [sub = '', ...patterns]: readonly string[]): Reply {
  if (sub.toLowerCase() !== 'get') return { error: `ERR unknown subcommand '${sub.slice(0, 128)}'. Try CONFIG HELP.` };
  const fields = {
    maxmemory: info.maxmemory ?? 0,
    'maxmemory-policy': info.maxmemory_policy ?? 'noeviction',
    maxclients: info.maxclients ?? 10_000,
  };
  const wanted = patterns.map((pattern) => globToRegExp(pattern.toLowerCase()));
  const found = Object.entries(fields).filter(([name]) => wanted.some((pattern) => pattern.test(name)));
  return { pairs: found.map(([name, value]) => [name, String(value)]) };
}

function role(info: CommandHost['info']): Reply {
  if ((info.role ?? 'master') === 'master') return ['master', 0, []];
  const link = info.master_link_status === 'up' ? 'connected' : 'connect';
  return ['slave', String(info.master_host ?? ''), Number(info.master_port ?? 6379), link, 0];
}
