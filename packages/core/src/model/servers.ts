import type { UnavailableReason } from './evidence.ts';
import type { RotationJournal } from './rotation.ts';

/** How a connection went, phase by phase; milliseconds, absent where the phase was not reached or does not apply. */
export interface ConnectionTimings {
  readonly dnsMs?: number;
  readonly tcpMs?: number;
  readonly tlsMs?: number;
  readonly firstByteMs?: number;
  readonly totalMs?: number;
}

/** What the certificate says that a server showed. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** ms since the epoch */
  readonly notAfter: number;
  /** DNS names and addresses it is valid for. */
  readonly names?: readonly string[];
}

/** The certificate of a server that agentops talked to over TLS: Kubernetes API, Prometheus, Vault, each Redis node and Sentinel. */
export interface ServerCertificate extends CertificateFacts {
  /** As the report names its user: `kubernetes prod-eu`, `prometheus`, `vault`, `redis cache`. */
  readonly name: string;
  /** Host and port; the port left out where it is 443, as in a URL. */
  readonly server: string;
}

/** One probe of an HTTP(S) endpoint; a failure is data here, for the probe is about reachability. */
export interface EndpointProbe {
  readonly name: string;
  /** Without user info and query. */
  readonly url: string;
  readonly timings: ConnectionTimings;
  readonly status?: number;
  /** Media type of the answer, without parameters. */
  readonly contentType?: string;
  /** `proxy.corp:3128` where the probe went through a proxy: its DNS and TCP times are then the proxy's. */
  readonly via?: string;
  /** The server certificate was accepted unverified, because the configuration says so. */
  readonly unverified?: boolean;
  /** Retry-After of a 429 or 503, ms. */
  readonly retryAfterMs?: number;
  /** The statuses that count as well. */
  readonly expected: string;
  readonly ok: boolean;
  /** Present when not ok or not answered. */
  readonly failure?: { readonly phase: 'dns' | 'tcp' | 'tls' | 'http'; readonly reason: UnavailableReason; readonly detail: string };
  readonly certificate?: CertificateFacts;
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
  /** Of a PING on an open connection. */
  readonly latencyMs: number;
  /** Empty where INFO was not allowed. */
  readonly version: string;
  /** `master` or `slave` as Redis writes it; empty where neither INFO nor ROLE was allowed. */
  readonly role: string;
  readonly connectedClients: number | null;
  readonly maxClients: number | null;
  readonly usedMemory: number | null;
  /** 0: no limit. */
  readonly maxMemory: number | null;
  readonly evictedKeys: number | null;
  readonly rejectedConnections: number | null;
  /** What happens when the limit is reached: `noeviction`, `allkeys-lru`… */
  readonly maxMemoryPolicy?: string;
  /** Replica only: `up` or `down`. */
  readonly masterLink?: string;
  /** Replica only: seconds since the link went down. */
  readonly masterLinkDownSeconds?: number;
  /** Master only: its replicas as it sees them. */
  readonly replicas?: readonly RedisReplica[];
  /** The server certificate was accepted unverified, because the configuration says so. */
  readonly unverified?: boolean;
  /** Cluster only: `ok` or `fail`. */
  readonly clusterState?: string;
  /** Cluster only: what CLUSTER INFO and CLUSTER NODES say; absent where they were not allowed. */
  readonly cluster?: RedisClusterView;
  /** Sentinel only. */
  readonly sentinel?: RedisSentinelView;
  /** Addresses from the configuration (Sentinels, nodes of a cluster) that did not answer while others did. */
  readonly silent?: readonly { readonly address: string; readonly reason: UnavailableReason; readonly detail: string }[];
}

export interface RedisReplica {
  readonly address: string;
  /** `online`, `wait_bgsave`, `send_bulk`… */
  readonly state: string;
  /** Seconds since its last acknowledgement; null where the server does not say. */
  readonly lagSeconds: number | null;
}

export interface RedisClusterView {
  /** Of 16384. */
  readonly slotsAssigned: number | null;
  readonly slotsFail: number | null;
  readonly nodes: readonly {
    readonly address: string;
    readonly role: 'master' | 'slave';
    /** The other nodes agree that it failed (`fail`), or one suspects it (`fail?`). */
    readonly state: 'ok' | 'suspected' | 'failed';
  }[];
}

export interface RedisSentinelView {
  readonly master: string;
  /** Sentinels asked, and those that answered. */
  readonly asked: number;
  readonly answered: number;
  /** Whether the Sentinels that are left could agree on a failover (SENTINEL CKQUORUM); null where not seen. */
  readonly quorum: boolean | null;
  /** Replicas that the Sentinels cannot reach. */
  readonly replicasDown: readonly string[];
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
  readonly clusterName?: string;
  /** The server certificate was accepted unverified, because the configuration says so. */
  readonly unverified?: boolean;
}

/** Metadata of one KV v2 secret; never a value. */
export interface VaultSecret {
  readonly mount: string;
  readonly path: string;
  /** 0: metadata only, no value was ever written. */
  readonly currentVersion: number;
  /** ms: creation of the current version; the age of the value. 0 where there is no version. */
  readonly versionCreatedAt: number;
  /** There is no current value: deleted, destroyed, or never written. */
  readonly deleted: boolean;
  readonly customMetadata: Readonly<Record<string, string>>;
  /** ms: when each version that is kept was created, by its number. */
  readonly versions?: Readonly<Record<string, number>>;
  /** Entries of `secrets:` in agentops.yaml that this secret falls under. */
  readonly watched?: readonly WatchedSecret[];
}

/** What agentops.yaml says of a secret below `secrets:`. */
export interface WatchedSecret {
  /** As commands call it. */
  readonly name: string;
  /** ms */
  readonly maxAge: number;
  /** False: it has no issuer, so its age is watched and nothing is rotated. */
  readonly rotates: boolean;
}

/** Who is at a rotation right now. */
export interface RotationLock {
  readonly holder: string;
  /** ms since the epoch */
  readonly since: number;
  readonly expiresAt: number;
}

/** The rotations of one configured secret, as their journals tell; never a value. */
export interface SecretRotations {
  /** As commands call it. */
  readonly secret: string;
  /** Newest first; only the newest may be unfinished. */
  readonly journals: readonly RotationJournal[];
  /** null: nobody holds it. Undefined: not seen (a Lease, or no permission). */
  readonly lock: RotationLock | null | undefined;
  /** Only of a value that never leaves Vault, so that no version tells its age; ms. */
  readonly root?: { readonly maxAge: number };
}

export interface VaultRotations {
  readonly secrets: readonly SecretRotations[];
  /** ms: a lock that is not renewed for so long is free. */
  readonly lockFor: number;
  /** ms: no run takes longer. */
  readonly timeout: number;
}
