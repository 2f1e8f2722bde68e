import type { RedisClusterView } from '../../model/servers.ts';
import { formatAddress, parseAddress, type RedisAddress } from './address.ts';
import { parseFields, toNumber } from './info.ts';

export interface ClusterNode {
  /** Undefined where the cluster does not know it (`noaddr`). */
  readonly address: RedisAddress | undefined;
  readonly role: 'master' | 'slave';
  readonly state: 'ok' | 'suspected' | 'failed';
  readonly myself: boolean;
}

/** Reads CLUSTER NODES; `from` stands in where a node does not know its own address. */
export function parseClusterNodes(text: string, from: RedisAddress): ClusterNode[] {
  const nodes: ClusterNode[] = [];
  for (const line of text.split('\n')) {
    const [, where = '', flagList = ''] = line.split(' ');
    const flags = flagList.split(',');
    const myself = flags.includes('myself');
    const role = flags.includes('master') ? 'master' : flags.includes('slave') ? 'slave' : undefined;
    if (!role || flags.includes('handshake')) continue;
    const state = flags.includes('fail') || flags.includes('noaddr') ? 'failed' : flags.includes('fail?') ? 'suspected' : 'ok';
    nodes.push({ address: nodeAddress(where, from), role, state, myself });
  }
  return nodes;
}

/** `10.0.0.1:6379@16379,cache-0.cache.agents`: the host name where it is announced, else the address. */
function nodeAddress(where: string, from: RedisAddress): RedisAddress | undefined {
  const match = /^(.*):(\d+)(?:@\d+)?(?:,([^,]*).*)?$/.exec(where);
  if (!match) return undefined;
  const [, ip = '', port = '', name = ''] = match;
  const announced = name && name !== '?' ? name : ip;
  const host = announced === '' ? from.host : announced;
  return parseAddress(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`, 6379);
}

/** What CLUSTER INFO and CLUSTER NODES say together. */
export function clusterView(info: string, nodes: readonly ClusterNode[]): { state: string; view: RedisClusterView } {
  const fields = parseFields(info);
  return {
    state: fields.get('cluster_state') ?? '',
    view: {
      slotsAssigned: toNumber(fields.get('cluster_slots_assigned')),
      slotsFail: toNumber(fields.get('cluster_slots_fail')),
      nodes: nodes.map(({ address, role, state }) => ({ address: address ? formatAddress(address) : 'unknown', role, state })),
    },
  };
}
