import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { KubernetesServer } from './kubernetes.ts';
import type { PostgresServer } from './postgres.ts';
import type { ProcessRecord } from './process.ts';
import type { PrometheusServer } from './prometheus.ts';
import type { RedisServer } from './redis.ts';
import type { ToxiproxyServer } from './toxiproxy.ts';
import type { VaultServer } from './vault.ts';

export const serverNames = ['kubernetes', 'prometheus', 'redis', 'vault', 'toxiproxy', 'postgres'] as const;
export type ServerName = (typeof serverNames)[number];

/** How to reach each running server: addresses, credentials, files. Absent: not running. */
export interface Servers {
  readonly kubernetes?: KubernetesServer;
  readonly prometheus?: PrometheusServer;
  readonly redis?: RedisServer;
  readonly vault?: VaultServer;
  readonly toxiproxy?: ToxiproxyServer;
  readonly postgres?: PostgresServer;
}

/** What the state file holds. `failed`: servers that were wanted and did not come up, and why. */
export interface ServersState {
  readonly folder: string;
  readonly processes: readonly ProcessRecord[];
  readonly servers: Servers;
  readonly failed: Readonly<Partial<Record<ServerName, string>>>;
}

/** Private (it holds tokens) and complete at any moment. */
export function writeState(file: string, state: ServersState): void {
  writeFileSync(`${file}.part`, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.part`, file);
}

export function readState(file: string): ServersState {
  return JSON.parse(readFileSync(file, 'utf8')) as ServersState;
}
