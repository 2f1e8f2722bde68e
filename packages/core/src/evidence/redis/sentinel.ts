import type { RedisSentinelView } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { formatAddress, parseAddress, type RedisAddress } from './address.ts';
import { openRedis, type RedisConnection, type Reply } from './connection.ts';
import type { RedisFailure } from './reply-error.ts';
import type { RedisSettings } from './settings.ts';

export interface SentinelAnswer {
  readonly ok: true;
  readonly master: RedisAddress;
  readonly view: RedisSentinelView;
  /** Sentinels that could not be asked. */
  readonly silent: readonly { readonly address: RedisAddress; readonly failure: RedisFailure }[];
}

/** Asks every Sentinel where the master is; what most of them say counts. */
export async function askSentinels(
  settings: RedisSettings,
  limitMs: number,
  context: GatherContext,
): Promise<SentinelAnswer | { readonly ok: false; readonly failure: RedisFailure }> {
  const { seeds, masterName = '' } = settings.target;
  const answers = await Promise.all(
    seeds.map(async (address) => ({ address, answer: await askOne(address, masterName, settings, limitMs, context) })),
  );
  const silent: { address: RedisAddress; failure: RedisFailure }[] = [];
  const heard: Heard[] = [];
  for (const { address, answer } of answers) {
    if (answer.ok) heard.push(answer);
    else silent.push({ address, failure: answer.failure });
  }
  const master = mostSaid(heard.map((one) => one.master).filter((address) => address !== undefined));
  if (master) {
    const quorums = heard.map((one) => one.quorum).filter((quorum) => quorum !== null);
    const replicasDown = [...new Set(heard.flatMap((one) => one.replicasDown))].sort();
    const quorum = quorums.length > 0 ? quorums.some(Boolean) : null;
    const view = { master: formatAddress(master), asked: seeds.length, answered: heard.length, quorum, replicasDown };
    return { ok: true, master, view, silent };
  }
  const failure = heard.length > 0 ? undefined : silent[0]?.failure;
  return { ok: false, failure: failure ?? { reason: 'absent', detail: `the Sentinels know no master ${masterName}`, phase: 'http' } };
}

interface Heard {
  readonly ok: true;
  readonly master: RedisAddress | undefined;
  readonly quorum: boolean | null;
  readonly replicasDown: readonly string[];
}

async function askOne(
  address: RedisAddress,
  masterName: string,
  settings: RedisSettings,
  limitMs: number,
  context: GatherContext,
): Promise<Heard | { readonly ok: false; readonly failure: RedisFailure }> {
  const password = settings.sentinelPassword;
  const { tls, onTls } = settings;
  const options = { tls, limitMs, ...(onTls === undefined ? {} : { onTls }), ...(password === undefined ? {} : { password }) };
  const connection = await openRedis(address, options, context);
  if (!connection.ok) return connection;
  try {
    const where = await connection.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName);
    if (!where.ok) return where;
    const master = readAddress(where.reply);
    const quorum = master ? await checkQuorum(connection, masterName) : null;
    // Called SLAVES before Redis 5; a Sentinel that old just does not say.
    const replicas = master ? await connection.call('SENTINEL', 'REPLICAS', masterName) : undefined;
    return { ok: true, master, quorum, replicasDown: replicas?.ok ? readDownReplicas(replicas.reply) : [] };
  } finally {
    connection.close();
  }
}

async function checkQuorum(connection: RedisConnection, masterName: string): Promise<boolean | null> {
  const answer = await connection.call('SENTINEL', 'CKQUORUM', masterName);
  if (answer.ok) return true;
  return answer.failure.noQuorum ? false : null;
}

function readAddress(reply: Reply): RedisAddress | undefined {
  if (!Array.isArray(reply) || typeof reply[0] !== 'string') return undefined;
  return parseAddress(reply[0].includes(':') ? `[${reply[0]}]:${String(reply[1])}` : `${reply[0]}:${String(reply[1])}`, 6379);
}

/** Replicas flagged `s_down` or `disconnected`, from the flat name-value lists of SENTINEL REPLICAS. */
function readDownReplicas(reply: Reply): string[] {
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((entry: Reply) => {
    if (!Array.isArray(entry)) return [];
    const field = (name: string): string => String(entry[entry.indexOf(name) + 1] ?? '');
    const down = /(^|,)(s_down|o_down|disconnected)(,|$)/.test(field('flags'));
    return down ? [formatAddress({ host: field('ip'), port: Number(field('port')) })] : [];
  });
}

function mostSaid(addresses: readonly RedisAddress[]): RedisAddress | undefined {
  const counts = Map.groupBy(addresses, formatAddress);
  return [...counts.values()].sort((a, b) => b.length - a.length)[0]?.[0];
}
