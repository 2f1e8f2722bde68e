import type { RedisInfo, RedisReplica } from '../../model/servers.ts';

/** What INFO tells; numbers are null where the server does not say. */
export type ServerFacts = Omit<RedisInfo, 'name' | 'address' | 'topology' | 'latencyMs'> & { readonly clusterEnabled: boolean };

/** INFO as `section`-less fields. */
export function parseFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf(':');
    if (at > 0 && !line.startsWith('#')) fields.set(line.slice(0, at), line.slice(at + 1).trim());
  }
  return fields;
}

/** Reads the answer of INFO; undefined where it is not one. */
export function parseInfo(text: string): ServerFacts | undefined {
  const fields = parseFields(text);
  const version = fields.get('redis_version');
  if (version === undefined) return undefined;
  const number = (name: string): number | null => toNumber(fields.get(name));
  const role = fields.get('role') ?? '';
  const valkey = fields.get('valkey_version');
  const policy = fields.get('maxmemory_policy');
  const link = fields.get('master_link_status');
  const downFor = number('master_link_down_since_seconds');
  return {
    version: valkey === undefined ? version : `valkey ${valkey}`,
    role,
    connectedClients: number('connected_clients'),
    maxClients: number('maxclients'),
    usedMemory: number('used_memory'),
    maxMemory: number('maxmemory'),
    evictedKeys: number('evicted_keys'),
    rejectedConnections: number('rejected_connections'),
    clusterEnabled: fields.get('cluster_enabled') === '1',
    ...(policy === undefined ? {} : { maxMemoryPolicy: policy }),
    ...(link === undefined ? {} : { masterLink: link }),
    ...(downFor === null || downFor < 0 ? {} : { masterLinkDownSeconds: downFor }),
    ...(role === 'master' ? { replicas: parseReplicas(fields) } : {}),
  };
}

/** `slave0:ip=10.0.0.2,port=6379,state=online,offset=42,lag=1` */
function parseReplicas(fields: ReadonlyMap<string, string>): RedisReplica[] {
  const replicas: RedisReplica[] = [];
  for (const [name, value] of fields) {
    if (!/^slave\d+$/.test(name)) continue;
    const parts = new Map(value.split(',').map((part) => part.split('=', 2) as [string, string]));
    replicas.push({
      address: `${parts.get('ip') ?? ''}:${parts.get('port') ?? ''}`,
      state: parts.get('state') ?? '',
      lagSeconds: toNumber(parts.get('lag')),
    });
  }
  return replicas;
}

export function toNumber(text: string | undefined): number | null {
  if (text === undefined || text.trim() === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
