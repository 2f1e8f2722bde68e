import type { Config } from '../../config/schema.ts';
import { available, type Evidence, type Unavailable } from '../../model/evidence.ts';
import type { AgentRecord, AgentRegistry } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { unavailableFrom } from '../failure.ts';
import { formatAddress, parseAddress, type RedisAddress } from './address.ts';
import { parseAgentRecord } from './agent-record.ts';
import { type OpenOptions, openRedis, type RedisConnection, type Reply } from './connection.ts';
import type { RedisFailure } from './reply-error.ts';
import { askSentinels } from './sentinel.ts';
import { firstAnswerMs, nodeOptions, type RedisSettings, readSettings } from './settings.ts';

/** Entries a page, and in all. */
const pageSize = 1000;
const maxEntries = 200_000;
const maxRedirects = 5;

/** Reads the agents' registry from the Redis server that the configuration names. */
export async function readRegistry(config: Config, context: GatherContext): Promise<Evidence<AgentRegistry>> {
  const { redis: serverName, registryKey: key } = config.agents;
  const server = serverName === undefined ? config.redis[0] : config.redis.find((one) => one.name === serverName);
  if (!server) return noServer(serverName);
  const read = await readSettings(server, context);
  if (!read.ok) return read.unavailable;
  const { settings } = read;
  const outcome = await readHash(key, settings, context);
  if (!outcome.ok) return unavailableFrom(outcome.failure, `registry ${key} in redis ${settings.name}`, hintFor(outcome.failure));
  const agents: AgentRecord[] = [];
  const unreadable: string[] = [];
  for (const [id, value] of outcome.entries) {
    const agent = parseAgentRecord(id, value);
    if (agent) agents.push(agent);
    else unreadable.push(id);
  }
  const source = `registry ${key} in redis ${settings.name}`;
  const gaps: Unavailable[] = outcome.complete
    ? []
    : [{ ok: false, reason: 'invalid', source, detail: `more than ${maxEntries} entries; the rest was not read` }];
  return available(source, { key, exists: outcome.entries.size > 0, agents, unreadable }, gaps);
}

function noServer(name: string | undefined): Unavailable {
  if (name !== undefined) {
    const hint = 'agents.redis must be the name of a server under redis: in agentops.yaml';
    return { ok: false, reason: 'invalid', source: 'agents’ registry', detail: `no Redis server is called ${name}`, hint };
  }
  const hint = 'list the server that holds the registry under redis: in agentops.yaml';
  return { ok: false, reason: 'not-configured', source: 'agents’ registry', detail: 'no Redis server configured', hint };
}

function hintFor(failure: RedisFailure): { hint?: string } {
  if (failure.reason === 'forbidden') return { hint: 'allow the user HSCAN on the registry key, e.g. ACL SETUSER … +hscan ~KEY' };
  return failure.detail.includes('WRONGTYPE') ? { hint: 'agents.registryKey must be a hash' } : {};
}

type HashOutcome =
  | { readonly ok: true; readonly entries: ReadonlyMap<string, string>; readonly complete: boolean }
  | { readonly ok: false; readonly failure: RedisFailure };

/** Reads a hash page by page, from the node that has it. */
async function readHash(key: string, settings: RedisSettings, context: GatherContext): Promise<HashOutcome> {
  let start: readonly RedisAddress[] = settings.target.seeds;
  if (settings.target.topology === 'sentinel') {
    const found = await askSentinels(settings, firstAnswerMs, context);
    if (!found.ok) return found;
    start = [found.master];
  }
  let opened = await openFirst(start, settings, context);
  for (let redirects = 0; ; redirects++) {
    if (!opened.ok) return opened;
    const connection = opened;
    try {
      const outcome = await scan(connection, key);
      const moved = outcome.ok ? undefined : outcome.failure.movedTo;
      if (moved === undefined || redirects >= maxRedirects) return outcome;
      // A node that does not know its own name leaves the host out: it is the one that was asked.
      const next = parseAddress(moved.startsWith(':') ? `${formatHost(connection.address)}${moved}` : moved, 6379);
      if (!next) return outcome;
      opened = await openRedis(next, patiently(settings, context), context);
    } finally {
      connection.close();
    }
  }
}

function formatHost(address: RedisAddress): string {
  return formatAddress(address).replace(/:\d+$/, '');
}

/** A registry may take what is left of the run, once its server has answered at all. */
function patiently(settings: RedisSettings, context: GatherContext): OpenOptions {
  return { ...nodeOptions(settings, Math.max(1, context.deadline - context.host.clock.monotonic())), firstAnswerMs };
}

/** Connects to all at once; the first in order that answers is used. */
async function openFirst(
  addresses: readonly RedisAddress[],
  settings: RedisSettings,
  context: GatherContext,
): ReturnType<typeof openRedis> {
  const all = await Promise.all(addresses.map((address) => openRedis(address, patiently(settings, context), context)));
  const first = all.find((one) => one.ok);
  for (const one of all) if (one.ok && one !== first) one.close();
  return first ?? all[0] ?? { ok: false, failure: { reason: 'unreachable', detail: 'no server named', phase: 'tcp' } };
}

async function scan(connection: RedisConnection, key: string): Promise<HashOutcome> {
  const entries = new Map<string, string>();
  for (let cursor = '0'; ; ) {
    const page = await connection.call('HSCAN', key, cursor, 'COUNT', String(pageSize));
    if (!page.ok) {
      // HSCAN came with 2.8 and may be the one that is not allowed.
      const refused = page.failure.reason === 'forbidden' || page.failure.reason === 'absent';
      return refused && cursor === '0' ? readWhole(connection, key, page.failure) : page;
    }
    const [next, list] = Array.isArray(page.reply) ? (page.reply as readonly Reply[]) : [];
    if (typeof next !== 'string' || !Array.isArray(list)) return notHash();
    // The same field may come twice while the hash is resized: the map keeps one.
    addPairs(entries, list);
    if (next === '0') return { ok: true, entries, complete: true };
    if (entries.size >= maxEntries) return { ok: true, entries, complete: false };
    cursor = next;
  }
}

async function readWhole(connection: RedisConnection, key: string, first: RedisFailure): Promise<HashOutcome> {
  const all = await connection.call('HGETALL', key);
  if (!all.ok) return all.failure.reason === 'forbidden' ? { ok: false, failure: first } : all;
  if (!Array.isArray(all.reply)) return notHash();
  const entries = new Map<string, string>();
  addPairs(entries, all.reply);
  return { ok: true, entries, complete: true };
}

function addPairs(entries: Map<string, string>, flat: readonly Reply[]): void {
  for (let at = 0; at + 1 < flat.length; at += 2) entries.set(String(flat[at]), String(flat[at + 1]));
}

function notHash(): HashOutcome {
  return { ok: false, failure: { reason: 'invalid', detail: 'the answer is not that of a hash', phase: 'http' } };
}
