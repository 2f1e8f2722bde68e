/** Fields of INFO by section, as a fresh Redis 7 has them; `overrides` replaces or adds by field name. */
export function infoText(wanted: readonly string[], overrides: Readonly<Record<string, string | number>>): string {
  const sections: Record<string, Record<string, string | number>> = {
    Server: { redis_version: '7.0.15+agentops-lab', redis_mode: 'standalone', os: 'lab', arch_bits: 64, uptime_in_seconds: 86_400 },
    Clients: { connected_clients: 4, maxclients: 10_000, blocked_clients: 0 },
    Memory: { used_memory: 12_582_912, used_memory_human: '12.00M', maxmemory: 0, maxmemory_policy: 'noeviction' },
    Persistence: { loading: 0, rdb_last_bgsave_status: 'ok', aof_enabled: 0 },
    Stats: { total_connections_received: 42, rejected_connections: 0, expired_keys: 0, evicted_keys: 0 },
    Replication: { role: 'master', connected_slaves: 0 },
    Cluster: { cluster_enabled: 0 },
  };
  const known = new Set(Object.values(sections).flatMap((fields) => Object.keys(fields)));
  const extra = Object.entries(overrides).filter(([name]) => !known.has(name));
  // What no section has belongs to replication: link state, replicas, …
  Object.assign(sections.Replication ?? {}, Object.fromEntries(extra));
  const names = new Set(wanted.map((name) => name.toLowerCase()));
  const all = names.size === 0 || ['default', 'all', 'everything'].some((name) => names.has(name));
  return Object.entries(sections)
    .filter(([section]) => all || names.has(section.toLowerCase()))
    .map(
      ([section, fields]) =>
        `# ${section}\r\n${Object.entries(fields)
          .map(([name, value]) => `${name}:${overrides[name] ?? value}\r\n`)
          .join('')}`,
    )
    .join('\r\n');
}
