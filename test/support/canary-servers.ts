import { createServer, type Socket } from 'node:net';
import { startHttp } from '../../packages/lab/src/http/server.ts';
import { startKubernetes } from '../../packages/lab/src/kubernetes/server.ts';
import { startPrometheus } from '../../packages/lab/src/prometheus/server.ts';
import { startRedis } from '../../packages/lab/src/redis/server.ts';
import { scenarios, worldOf } from '../../packages/lab/src/scenarios/scenarios.ts';
import { startVault } from '../../packages/lab/src/vault/server.ts';
import { type CanaryAddresses, canary } from './canary.ts';
import { type Fault, startFault } from './fault-server.ts';

export interface CanaryServers {
  readonly at: CanaryAddresses;
  /** What clients sent to servers that keep it; empty for those of the lab. */
  received(): string;
  close(): Promise<void>;
}

/** A healthy platform that takes the canaries for its credentials. */
export async function startWell(now: number): Promise<CanaryServers> {
  const healthy = scenarios.find((each) => each.name === 'healthy');
  if (!healthy) throw new Error('no healthy scenario');
  const world = worldOf(healthy, now);
  const { tls: _plain, ...cluster } = world.kubernetes;
  const [kubernetes, prometheus, redis, vault, gateway, provider] = await Promise.all([
    startKubernetes({ ...cluster, users: [{ token: canary.kubeToken, name: 'robot', rules: 'admin' }] }),
    startPrometheus({ ...world.prometheus, now }),
    startRedis({ ...world.redis, password: canary.redisPassword, users: { user: { password: canary.redisUrlPassword } } }),
    startVault({ ...world.vault, approles: { [canary.vaultRoleId]: { secretId: canary.vaultSecretId, policies: ['metadata'] } } }),
    startHttp(world.gateway),
    startHttp(world.provider),
  ]);
  const servers = [kubernetes, prometheus, redis, vault, gateway, provider];
  return {
    at: {
      kubernetes: kubernetes.url,
      prometheus: `http://127.0.0.1:${prometheus.port}`,
      redis: `redis://127.0.0.1:${redis.port}`,
      vault: vault.url,
      gateway: gateway.url,
      provider: provider.url,
    },
    received: () => '',
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** Every server has the fault. */
export async function startFaulty(fault: Fault): Promise<CanaryServers> {
  const [http, redis] = await Promise.all([startFault(fault), startFault(fault, 'redis')]);
  return {
    at: addresses(http.url, redis.redisUrl),
    received: () => http.received() + redis.received(),
    close: async () => {
      await Promise.all([http.close(), redis.close()]);
    },
  };
}

/** Servers that throw back in their errors whatever they were sent, credentials and all. */
export async function startEcho(status: string): Promise<CanaryServers> {
  const [http, redis] = await Promise.all([
    startRaw((text, socket) => {
      if (text.includes('\r\n\r\n')) socket.end(echo(status, text));
    }),
    startRaw((text, socket) => socket.write(`-ERR what is '${text.replaceAll(/\s+/g, ' ')}'\r\n`)),
  ]);
  return {
    at: addresses(`http://127.0.0.1:${http.port}`, `redis://127.0.0.1:${redis.port}`),
    received: () => http.received() + redis.received(),
    close: async () => {
      await Promise.all([http.close(), redis.close()]);
    },
  };
}

function addresses(http: string, redis: string): CanaryAddresses {
  return { kubernetes: http, prometheus: http, vault: http, gateway: http, provider: http, redis };
}

/** An error in the words of Kubernetes, Prometheus and Vault at once. */
function echo(status: string, said: string): string {
  const words = `cannot serve ${said}`;
  const body = JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: status.startsWith('200') ? 'success' : 'error',
    message: words,
    reason: words,
    errorType: words,
    error: words,
    warnings: [words],
    errors: [words],
    data: { resultType: 'scalar', result: [1, words] },
  });
  const token = /authorization: (.*)/i.exec(said)?.[1]?.trim() ?? '';
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Location: http://user:${encodeURIComponent(token)}@elsewhere.invalid/${encodeURIComponent(token)}?token=${encodeURIComponent(token)}`,
    `WWW-Authenticate: Basic realm="${token}"`,
    `Warning: 299 - "${token}"`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

async function startRaw(
  react: (text: string, socket: Socket) => void,
): Promise<{ port: number; received(): string; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  let all = '';
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      all += chunk.toString('latin1');
      react(text, socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    received: () => all,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
