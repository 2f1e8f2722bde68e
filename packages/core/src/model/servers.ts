import type { UnavailableReason } from './evidence.ts';

/** How a connection went, phase by phase; milliseconds, absent where the phase was not reached or does not apply. */
export interface ConnectionTimings {
  readonly dnsMs?: number;
  readonly tcpMs?: number;
  readonly tlsMs?: number;
  readonly firstByteMs?: number;
  readonly totalMs?: number;
}

/** One probe of an HTTP(S) endpoint; a failure is data here, for the probe is about reachability. */
export interface EndpointProbe {
  readonly name: string;
  /** Without user info and query. */
  readonly url: string;
  readonly timings: ConnectionTimings;
  readonly status?: number;
  /** The statuses that count as well. */
  readonly expected: string;
  readonly ok: boolean;
  /** Present when not ok or not answered. */
  readonly failure?: { readonly phase: 'dns' | 'tcp' | 'tls' | 'http'; readonly reason: UnavailableReason; readonly detail: string };
  readonly certificate?: {
    readonly subject: string;
    readonly issuer: string;
    /** ms since the epoch */
    readonly notAfter: number;
  };
}

/** A model provider's API, reached without spending tokens: a 401 or 404 from it proves it is there. */
export interface ProviderProbe extends EndpointProbe {
  readonly provider: string;
}

export interface RedisInfo {
  readonly name: string;
  /** host:port, never with credentials. */
  readonly address: string;
  readonly topology: 'single' | 'sentinel' | 'cluster';
  readonly latencyMs: number;
  readonly version: string;
  readonly role: string;
  readonly connectedClients: number | null;
  readonly maxClients: number | null;
  readonly usedMemory: number | null;
  /** 0: no limit. */
  readonly maxMemory: number | null;
  readonly evictedKeys: number | null;
  readonly rejectedConnections: number | null;
  /** Replica only: `up` or `down`. */
  readonly masterLink?: string;
  /** Cluster only: `ok` or `fail`. */
  readonly clusterState?: string;
}

/** One agent in the registry hash. Fields that are missing or malformed are named in `malformed`. */
export interface AgentRecord {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly capacity: number | null;
  readonly currentLoad: number | null;
  /** ms since the epoch; null where missing or unreadable. */
  readonly lastHeartbeat: number | null;
  readonly endpoint?: string;
  readonly latencyMs?: number;
  readonly malformed: readonly string[];
}

export interface AgentRegistry {
  readonly key: string;
  readonly exists: boolean;
  readonly agents: readonly AgentRecord[];
  /** Entries that are not JSON objects, by field name. */
  readonly unreadable: readonly string[];
}

export interface VaultHealth {
  readonly address: string;
  /** HTTP status of sys/health: 200, 429, 472, 473, 474, 501, 503, 530. */
  readonly status: number;
  readonly initialized: boolean;
  readonly sealed: boolean;
  readonly standby: boolean;
  readonly version: string;
  readonly enterprise: boolean;
  readonly latencyMs: number;
}

/** Metadata of one KV v2 secret; never a value. */
export interface VaultSecret {
  readonly mount: string;
  readonly path: string;
  readonly currentVersion: number;
  /** ms: creation of the current version; the age of the value. */
  readonly versionCreatedAt: number;
  /** The current version is deleted or destroyed. */
  readonly deleted: boolean;
  readonly customMetadata: Readonly<Record<string, string>>;
}
