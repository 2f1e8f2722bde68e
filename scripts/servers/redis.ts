import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Authority } from './pki.ts';
import { issueCertificate } from './pki.ts';
import { freePort, type Run, run, startProcess, waitUntil } from './process.ts';

export interface RedisServer {
  readonly host: string;
  readonly port: number;
  /** Plain, the default user, no password. */
  readonly url: string;
  /** TLS on a second port; the CA is not one that the system trusts. */
  readonly tlsUrl: string;
  readonly caFile: string;
  /** May PING, INFO and read keys below `agents:`; nothing else. */
  readonly user: { readonly name: string; readonly password: string };
  /** May PING and INFO, and read no key. */
  readonly keyless: { readonly name: string; readonly password: string };
  readonly sentinelUrl: string;
  readonly sentinelPort: number;
}

export const redisVersion = /^7\.0\./;

/** The agents' registry as seeded: field → JSON, but for the one field that is no JSON. */
export function registrySeed(now: number): Readonly<Record<string, string>> {
  const agent = (type: string, load: number, ageSeconds: number, more: object = {}): string =>
    JSON.stringify({ type, status: 'active', capacity: 10, current_load: load, last_heartbeat: (now - ageSeconds * 1000) / 1000, ...more });
  return {
    'planner-1': agent('planner', 9, 5),
    'planner-2': agent('planner', 8, 5),
    'coder-1': agent('coder', 1, 3600),
    broken: 'no JSON {',
  };
}

/** A Redis with plain and TLS ports and ACL users, and a sentinel that watches it as `mymaster`. */
export async function startRedis(run_: Run, authority: Authority): Promise<RedisServer> {
  const [port, tlsPort, sentinelPort] = [await freePort(), await freePort(), await freePort()];
  const certificate = await issueCertificate(authority, 'redis');
  const user = { name: 'agentops', password: 'CANARY-redis-acl-password' };
  const keyless = { name: 'keyless', password: 'CANARY-redis-keyless-password' };
  const config = join(run_.folder, 'redis.conf');
  writeFileSync(
    config,
    [
      `bind 127.0.0.1\nport ${port}\ntls-port ${tlsPort}\ntls-auth-clients no\nsave ""\nappendonly no\nmaxclients 200`,
      `tls-cert-file ${certificate.certFile}\ntls-key-file ${certificate.keyFile}\ntls-ca-cert-file ${authority.caFile}`,
      'user default on nopass ~* &* +@all',
      `user ${user.name} on >${user.password} ~agents:* -@all +ping +info +hello +auth +client +exists +type +hlen +hget +hgetall +hscan +hello +quit`,
      `user ${keyless.name} on >${keyless.password} -@all +ping +info +hello +auth +client +quit`,
      '',
    ].join('\n'),
    { mode: 0o600 },
  );
  const redis = await startProcess(run_, { name: 'redis', command: 'redis-server', args: [config], ports: [port, tlsPort] });
  const cli = (onPort: number, ...args: string[]): Promise<string> => run('redis-cli', ['-p', String(onPort), ...args]);
  await waitUntil('redis', async () => (await cli(port, 'ping')).trim() === 'PONG', { process: redis });
  await cli(port, 'hset', 'agents:registry', ...Object.entries(registrySeed(Date.now())).flat());

  // A sentinel rewrites its own configuration file.
  const sentinelConfig = join(run_.folder, 'sentinel.conf');
  writeFileSync(sentinelConfig, `bind 127.0.0.1\nport ${sentinelPort}\nsentinel monitor mymaster 127.0.0.1 ${port} 1\n`, { mode: 0o600 });
  const sentinel = await startProcess(run_, {
    name: 'redis-sentinel',
    command: 'redis-server',
    args: [sentinelConfig, '--sentinel'],
    ports: [sentinelPort],
  });
  await waitUntil(
    'redis sentinel',
    async () => (await cli(sentinelPort, 'sentinel', 'get-master-addr-by-name', 'mymaster')).includes(String(port)),
    { process: sentinel },
  );
  return {
    host: '127.0.0.1',
    port,
    url: `redis://127.0.0.1:${port}`,
    tlsUrl: `rediss://127.0.0.1:${tlsPort}`,
    caFile: authority.caFile,
    user,
    keyless,
    sentinelUrl: `redis+sentinel://127.0.0.1:${sentinelPort}/mymaster`,
    sentinelPort,
  };
}
