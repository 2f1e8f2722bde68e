import type { RedisConfig } from '../../config/schema.ts';
import { available, type Evidence, type Unavailable } from '../../model/evidence.ts';
import type { RedisInfo } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { unavailableFrom } from '../failure.ts';
import { formatAddress, type RedisAddress } from './address.ts';
import { type ClusterNode, clusterView, parseClusterNodes } from './cluster.ts';
import { type CallResult, type OnTls, openRedis, type RedisConnection } from './connection.ts';
import { parseInfo, type ServerFacts } from './info.ts';
import type { RedisFailure } from './reply-error.ts';
import { askSentinels } from './sentinel.ts';
import { firstAnswerMs, nodeOptions, type RedisSettings, readSettings } from './settings.ts';

/** Nodes of a cluster that are looked at, and how many at once. */
const maxNodes = 200;
const nodesAtOnce = 8;

/**
 * Looks at one configured server: the first element is the server itself (of a
 * cluster the first seed that answers), further ones are the other nodes of its
 * cluster. Only commands that read are sent. `onTls` is told of each
 * connection.
 */
export async function probeRedis(config: RedisConfig, context: GatherContext, onTls?: OnTls): Promise<Evidence<RedisInfo>[]> {
  const read = await readSettings(config, context);
  if (!read.ok) return [read.unavailable];
  const settings = { ...read.settings, ...(onTls === undefined ? {} : { onTls }) };
  if (settings.target.topology === 'sentinel') return [await probeBehindSentinels(settings, context)];
  return probeSeeds(settings, context);
}

async function probeBehindSentinels(settings: RedisSettings, context: GatherContext): Promise<Evidence<RedisInfo>> {
  const found = await askSentinels(settings, firstAnswerMs, context);
  if (!found.ok) return unavailableFrom(found.failure, settings.source);
  const source = `redis ${settings.name} ${formatAddress(found.master)}`;
  const node = await probeNode(found.master, settings, context);
  if (!node.ok) return unavailableFrom({ ...node.failure, detail: `${node.failure.detail} (master by Sentinel)` }, source);
  node.connection.close();
  const rest = sortSilent(found.silent, (address) => `sentinel ${formatAddress(address)} of redis ${settings.name}`);
  const info: RedisInfo = { ...node.info, sentinel: found.view, ...(rest.silent.length > 0 ? { silent: rest.silent } : {}) };
  return available(source, info, [...node.gaps, ...rest.gaps]);
}

/** Configured addresses that failed while others answered: down is data, refused credentials are a gap. */
function sortSilent(
  failed: readonly { readonly address: RedisAddress; readonly failure: RedisFailure }[],
  sourceOf: (address: RedisAddress) => string,
): { silent: NonNullable<RedisInfo['silent']>; gaps: Unavailable[] } {
  const down = failed.filter(({ failure }) => ['unreachable', 'timeout', 'server-error'].includes(failure.reason));
  const other = failed.filter((one) => !down.includes(one));
  return {
    silent: down.map(({ address, failure }) => ({ address: formatAddress(address), reason: failure.reason, detail: failure.detail })),
    gaps: other.map(({ address, failure }) => unavailableFrom(failure, sourceOf(address))),
  };
}

async function probeSeeds(settings: RedisSettings, context: GatherContext): Promise<Evidence<RedisInfo>[]> {
  const probes = await Promise.all(
    settings.target.seeds.map(async (address) => ({ address, node: await probeNode(address, settings, context) })),
  );
  const failed: { address: RedisAddress; failure: RedisFailure }[] = [];
  let first: ProbedNode | undefined;
  for (const { address, node } of probes) {
    if (!node.ok) failed.push({ address, failure: node.failure });
    else if (first) node.connection.close();
    else first = node;
  }
  // Without an answer, each seed's own reason would say the same thing several times.
  if (!first)
    return [failed[0] ? unavailableFrom(failed[0].failure, settings.source, plainHint(settings, failed[0].failure)) : notReached(settings)];
  try {
    const rest = sortSilent(failed, (address) => `redis ${settings.name} ${formatAddress(address)}`);
    if (rest.silent.length > 0) first = { ...first, info: { ...first.info, silent: rest.silent } };
    return await describe(first, rest.gaps, settings, context);
  } finally {
    first.connection.close();
  }
}

function notReached(settings: RedisSettings): Unavailable {
  return { ok: false, reason: 'unreachable', source: settings.source, detail: 'no server named' };
}

/** The node that answered, and the rest of its cluster if it is in one. */
async function describe(
  first: ProbedNode,
  seedGaps: readonly Unavailable[],
  settings: RedisSettings,
  context: GatherContext,
): Promise<Evidence<RedisInfo>[]> {
  const source = `redis ${settings.name} ${first.info.address}`;
  const gaps = [...first.gaps, ...seedGaps];
  if (!first.clusterEnabled && settings.target.topology !== 'cluster') return [available(source, first.info, gaps)];
  const info = await first.connection.call('CLUSTER', 'INFO');
  const list = await first.connection.call('CLUSTER', 'NODES');
  if (!info.ok) gaps.push(unavailableFrom(info.failure, source));
  if (!list.ok) gaps.push(unavailableFrom(list.failure, source));
  const nodes = list.ok ? parseClusterNodes(String(list.reply), first.connection.address) : [];
  const { state, view } = clusterView(info.ok ? String(info.reply) : '', nodes);
  const others = await probeOthers(nodes, settings, context);
  gaps.push(...others.gaps);
  const whole = {
    ...first.info,
    topology: 'cluster' as const,
    ...(state ? { clusterState: state } : {}),
    ...(list.ok ? { cluster: view } : {}),
  };
  return [available(source, whole, gaps), ...others.found];
}

/**
 * Probes the nodes that the cluster itself calls well. One that we cannot reach
 * is not seen, which is not the same as down: announced addresses are often
 * only valid inside of the cluster's network.
 */
async function probeOthers(
  nodes: readonly ClusterNode[],
  settings: RedisSettings,
  context: GatherContext,
): Promise<{ found: Evidence<RedisInfo>[]; gaps: Unavailable[] }> {
  const others = nodes.filter((node) => !node.myself && node.state === 'ok').map((node) => node.address);
  const queue = others.filter((address) => address !== undefined).slice(0, maxNodes);
  const gaps: Unavailable[] = [];
  if (others.length > queue.length) {
    const detail = `${others.length - queue.length} of ${others.length + 1} nodes were not looked at`;
    gaps.push({ ok: false, reason: 'invalid', source: settings.source, detail });
  }
  const found: Evidence<RedisInfo>[] = [];
  const waiting = queue.values();
  const worker = async (): Promise<void> => {
    for (const address of waiting) {
      const source = `redis ${settings.name} ${formatAddress(address)}`;
      const node = await probeNode(address, settings, context);
      if (!node.ok) {
        gaps.push(unavailableFrom(node.failure, source, { hint: 'the cluster announces this address; it must be reachable from here' }));
        continue;
      }
      node.connection.close();
      found.push(available(source, { ...node.info, topology: 'cluster' }, node.gaps));
    }
  };
  await Promise.all(Array.from({ length: nodesAtOnce }, worker));
  return { found: found.sort((a, b) => a.source.localeCompare(b.source)), gaps };
}

interface ProbedNode {
  readonly ok: true;
  readonly connection: RedisConnection;
  readonly info: RedisInfo;
  readonly clusterEnabled: boolean;
  readonly gaps: readonly Unavailable[];
}

const unseen: ServerFacts = {
  version: '',
  role: '',
  connectedClients: null,
  maxClients: null,
  usedMemory: null,
  maxMemory: null,
  evictedKeys: null,
  rejectedConnections: null,
  clusterEnabled: false,
};

/** PING, then INFO; with INFO forbidden the PING still counts, and ROLE may say a little. The caller closes. */
async function probeNode(
  address: RedisAddress,
  settings: RedisSettings,
  context: GatherContext,
): Promise<ProbedNode | { readonly ok: false; readonly failure: RedisFailure }> {
  const connection = await openRedis(address, nodeOptions(settings, firstAnswerMs), context);
  if (!connection.ok) return connection;
  const { ping, latencyMs } = await pingThrice(connection, context);
  const gaps: Unavailable[] = [];
  const source = `redis ${settings.name} ${formatAddress(address)}`;
  // A refused PING is an answer, too: the server is there and quick.
  if (!ping.ok && ping.failure.reason !== 'forbidden') return fail(connection, ping.failure);
  const answer = await connection.call('INFO');
  const hint = 'allow the user INFO, e.g. ACL SETUSER … +info';
  let facts = unseen;
  if (answer.ok) {
    const parsed = parseInfo(String(answer.reply));
    if (parsed) facts = parsed;
    else gaps.push({ ok: false, reason: 'invalid', source, detail: 'its INFO names no redis_version' });
  } else if (answer.failure.reason === 'forbidden' || answer.failure.reason === 'absent') {
    gaps.push(unavailableFrom(answer.failure, source, { hint }));
    const role = await connection.call('ROLE');
    if (role.ok && Array.isArray(role.reply) && typeof role.reply[0] === 'string') facts = { ...unseen, role: role.reply[0] };
  } else {
    return fail(connection, answer.failure);
  }
  const { clusterEnabled, ...info } = facts;
  const { topology } = settings.target;
  return {
    ok: true,
    connection,
    clusterEnabled,
    gaps,
    info: { name: settings.name, address: formatAddress(address), topology, latencyMs, ...info, ...unverified(settings) },
  };
}

function unverified(settings: RedisSettings): { unverified?: true } {
  return settings.tls && !settings.tls.rejectUnauthorized ? { unverified: true } : {};
}

/** A TLS server drops a client that speaks plainly without a word. */
function plainHint(settings: RedisSettings, failure: RedisFailure): { hint?: string } {
  const dropped = failure.detail === 'connection reset' || failure.detail === 'connection closed by the server';
  return dropped && !settings.tls ? { hint: 'if the server speaks TLS, its URL begins with rediss://' } : {};
}

/** The quickest of three: this process may have been busy with another source's answer meanwhile. */
async function pingThrice(connection: RedisConnection, context: GatherContext): Promise<{ ping: CallResult; latencyMs: number }> {
  const { clock } = context.host;
  let best: { ping: CallResult; latencyMs: number } | undefined;
  for (let count = 0; count < 3; count++) {
    const start = clock.monotonic();
    const ping = await connection.call('PING');
    const latencyMs = clock.monotonic() - start;
    if (!best || latencyMs < best.latencyMs) best = { ping, latencyMs };
    // An error is the answer, at once.
    if (!ping.ok) return { ping, latencyMs };
  }
  return best ?? { ping: { ok: true, reply: null }, latencyMs: 0 };
}

function fail(connection: RedisConnection, failure: RedisFailure): { ok: false; failure: RedisFailure } {
  connection.close();
  return { ok: false, failure };
}
