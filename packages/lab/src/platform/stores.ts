import type { LabRedisOptions } from '../redis/server.ts';
import type { LabVaultOptions } from '../vault/options.ts';
import { diedHalfway, rotatedVersions } from './rotation.ts';
import { rotationPolicy } from './rotation-policy.ts';
import { agents, day, type Tweaks } from './world.ts';

/** Key of the hash in which the agents report. */
export const registryKey = 'agents:registry';

/** The registry's entries as agents would write them now. */
export function heartbeats(now: number): Record<string, string> {
  const entries = agents.flatMap((agent) =>
    Array.from({ length: agent.replicas }, (_, index) => {
      const record = {
        type: agent.name,
        status: 'running',
        capacity: 10,
        current_load: 5 + (index % 2),
        last_heartbeat: Math.floor((now - 3000 - index * 1000) / 1000),
      };
      return [`${agent.name}-${index}`, JSON.stringify(record)] as const;
    }),
  );
  return Object.fromEntries(entries);
}

export function redisOptions(now: number): LabRedisOptions {
  return {
    password: 'agentops-lab',
    data: { [registryKey]: heartbeats(now) },
    info: { maxmemory: 4 * 2 ** 30, used_memory: 900 * 2 ** 20, connected_clients: 31 },
  };
}

/** The lab's own token: it opens nothing but the lab. */
export const vaultToken = 'agentops-lab';

export function vaultOptions(now: number, tweaks: Tweaks): LabVaultOptions {
  const written = now - (tweaks.secretAgeDays ?? 30) * day;
  const keys = ['agents/openai', 'agents/anthropic'].map(
    (path) =>
      [
        path,
        {
          versions:
            path === 'agents/openai'
              ? rotatedVersions(now, written, tweaks)
              : [
                  { createdAt: written - 90 * day, data: { key: 'lab' } },
                  { createdAt: written, data: { key: 'lab' } },
                ],
          ...(path === 'agents/openai' && tweaks.rotation ? { customMetadata: { agentops_version: '3' } } : {}),
        },
      ] as const,
  );
  return {
    mounts: {
      kv: {
        secrets: {
          ...Object.fromEntries(keys),
          'platform/redis': { versions: [{ createdAt: now - 20 * day, data: { password: 'lab' } }] },
          ...diedHalfway(now, written, tweaks),
        },
      },
    },
    policies: {
      metadata: [
        { path: 'kv/metadata/*', capabilities: ['list', 'read'] },
        { path: 'kv/data/agentops/rotations/*', capabilities: ['read'] },
        { path: 'kv/data/agentops/locks/*', capabilities: ['read'] },
        { path: 'sys/internal/ui/mounts/*', capabilities: ['read'] },
      ],
      rotation: rotationPolicy,
    },
    tokens: { [vaultToken]: tweaks.rotation ? ['metadata', 'rotation'] : ['metadata'] },
    now: () => Date.now(),
  };
}
