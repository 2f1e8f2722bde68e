import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tlsFile } from './tls.ts';

/** Secrets that must never come out again, one for each way in. All begin alike, so that a part is found as well. */
export const canary = {
  promUrlPassword: 'cnry-prom-url-password',
  promQuery: 'cnry-prom-query',
  promBearer: 'cnry-prom-bearer',
  promHeader: 'cnry-prom-header',
  redisUrlPassword: 'cnry-redis-url-password',
  redisPassword: 'cnry-redis-password',
  sentinelPassword: 'cnry-sentinel-password',
  vaultRoleId: 'cnry-vault-role-id',
  vaultSecretId: 'cnry-vault-secret-id',
  vaultToken: 'cnry-vault-token',
  vaultUrlPassword: 'cnry-vault-url-password',
  endpointPassword: 'cnry-endpoint-password',
  endpointQuery: 'cnry-endpoint-query',
  endpointHeader: 'cnry-endpoint-header',
  providerPassword: 'cnry-provider-password',
  providerQuery: 'cnry-provider-query',
  kubeToken: 'cnry-kube-token',
  kubePassword: 'cnry-kube-password',
  kubeUrlPassword: 'cnry-kube-url-password',
  kubeProxyPassword: 'cnry-kube-proxy-password',
  kubeKey: 'cnry-kube-client-key',
  execArgument: 'cnry-exec-argument',
  execVariable: 'cnry-exec-variable',
  execOutput: 'cnry-exec-output',
  envProxyPassword: 'cnry-env-proxy-password',
  envOther: 'cnry-env-other',
} as const;

const base64 = (text: string): string => Buffer.from(text).toString('base64').replace(/=+$/, '');
/** A line out of the middle of a real private key. */
const keyLine = readFileSync(tlsFile('server-key.pem'), 'utf8').split('\n')[2] ?? '';
const badKey = `-----BEGIN PRIVATE KEY-----\n${canary.kubeKey}\n-----END PRIVATE KEY-----\n`;
const encoded = [
  ...Object.values(canary).flatMap((value) => [base64(value), base64(`user:${value}`), base64(`${value}:`)]),
  base64(badKey).slice(0, 60),
  base64(readFileSync(tlsFile('server-key.pem'), 'utf8')).slice(0, 120),
];

/** Every secret, or part or encoding of one, that a text holds. */
export function leaksIn(text: string): string[] {
  const plain = [...text.matchAll(/cnry[-\w]*/gi)].map(([found]) => found);
  const whole = [keyLine, ...encoded].filter((value) => text.includes(value));
  return [...new Set([...plain, ...whole])];
}

export interface CanaryAddresses {
  /** HTTP servers, without credentials. */
  readonly kubernetes: string;
  readonly prometheus: string;
  readonly vault: string;
  readonly gateway: string;
  readonly provider: string;
  /** `redis://host:port` */
  readonly redis: string;
}

/** Writes agentops.yaml and a kubeconfig that hold every canary; returns the configuration's path. */
export function writeCanaryConfig(folder: string, at: CanaryAddresses, timeout = '20s'): string {
  const kubeconfig = join(folder, 'kubeconfig.yaml');
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(folder, at.kubernetes)), { mode: 0o600 });
  const file = join(folder, 'agentops.yaml');
  const config = {
    timeout,
    kubernetes: { kubeconfig, contexts: ['token', 'exec', 'exec-fails', 'exec-talks', 'key', 'bad-key', 'basic', 'url', 'proxy'] },
    prometheus: {
      url: `${withUser(at.prometheus, canary.promUrlPassword)}?token=${canary.promQuery}`,
      bearerToken: '${env:PROM_TOKEN}',
      headers: { 'X-Scope-OrgID': canary.promHeader },
    },
    redis: [
      { name: 'by-url', url: withUser(at.redis, canary.redisUrlPassword) },
      { name: 'by-setting', url: at.redis, password: canary.redisPassword },
      {
        name: 'by-sentinel',
        url: `${at.redis.replace('redis:', 'redis+sentinel:')}/mymaster`,
        password: canary.redisPassword,
        sentinelPassword: canary.sentinelPassword,
      },
    ],
    vault: {
      address: withUser(at.vault, canary.vaultUrlPassword),
      auth: { method: 'approle', roleId: canary.vaultRoleId, secretId: canary.vaultSecretId },
      secrets: [{ mount: 'kv' }],
    },
    agents: { redis: 'by-setting' },
    endpoints: [
      {
        name: 'gateway',
        url: `${withUser(at.gateway, canary.endpointPassword)}/health?token=${canary.endpointQuery}`,
        headers: { Authorization: `Bearer ${canary.endpointHeader}` },
      },
      {
        name: 'proxied',
        url: `https://user:${canary.endpointPassword}@no-such-host.invalid/?token=${canary.endpointQuery}`,
        headers: { 'X-Api-Key': canary.endpointHeader },
      },
    ],
    providers: [{ name: 'house', url: `${withUser(at.provider, canary.providerPassword)}/v1?key=${canary.providerQuery}` }],
  };
  writeFileSync(file, JSON.stringify(config, undefined, 2), { mode: 0o600 });
  return file;
}

/** The environment that belongs to it; `proxy` is where the proxy variable points. */
export function canaryEnvironment(proxy: string): Record<string, string> {
  return {
    PROM_TOKEN: canary.promBearer,
    VAULT_TOKEN: canary.vaultToken,
    HTTPS_PROXY: withUser(proxy, canary.envProxyPassword),
    OPENAI_API_KEY: canary.envOther,
    ANTHROPIC_API_KEY: canary.envOther,
    REDIS_PASSWORD: canary.envOther,
  };
}

function withUser(url: string, password: string): string {
  return url.replace('://', `://user:${password}@`);
}

function kubeconfigOf(folder: string, server: string): object {
  const plugin = (name: string, body: string): string => {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const exec = (command: string): object => ({
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command,
      args: ['--password', canary.execArgument],
      env: [{ name: 'PLUGIN_SECRET', value: canary.execVariable }],
    },
  });
  const credential = JSON.stringify({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: canary.kubeToken },
  });
  const certificate = Buffer.from(readFileSync(tlsFile('server.pem'))).toString('base64');
  const key = Buffer.from(readFileSync(tlsFile('server-key.pem'))).toString('base64');
  const talk = `echo "${canary.execOutput} $2 $PLUGIN_SECRET"`;
  const users: Record<string, object> = {
    token: { token: canary.kubeToken },
    exec: exec(plugin('login', `cat <<'END'\n${credential}\nEND`)),
    'exec-fails': exec(plugin('login-fails', `${talk} >&2\n${talk}\nexit 1`)),
    'exec-talks': exec(plugin('login-talks', talk)),
    key: { 'client-certificate-data': certificate, 'client-key-data': key },
    'bad-key': { 'client-certificate-data': certificate, 'client-key-data': Buffer.from(badKey).toString('base64') },
    basic: { username: 'user', password: canary.kubePassword },
    url: { token: canary.kubeToken },
    proxy: { token: canary.kubeToken },
  };
  const cluster = (name: string): object => {
    if (name === 'url') return { server: `${withUser(server, canary.kubeUrlPassword)}?token=${canary.kubeToken}` };
    return { server, ...(name === 'proxy' ? { 'proxy-url': withUser('http://127.0.0.1:9', canary.kubeProxyPassword) } : {}) };
  };
  const names = Object.keys(users);
  return {
    'current-context': 'token',
    contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
    clusters: names.map((name) => ({ name, cluster: cluster(name) })),
    users: names.map((name) => ({ name, user: users[name] })),
  };
}
