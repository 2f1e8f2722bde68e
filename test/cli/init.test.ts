import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../packages/core/src/config/load.ts';
import { type Lab, startLab } from '../../packages/lab/src/lab.ts';
import { type LabRedis, startRedis } from '../../packages/lab/src/redis/server.ts';
import { scenarios } from '../../packages/lab/src/scenarios/scenarios.ts';
import { leaksIn } from '../support/canary.ts';
import { useCli } from '../support/cli.ts';

const cli = useCli();
const folder = mkdtempSync(join(tmpdir(), 'agentops-init-'));
let lab: Lab;
let redis: LabRedis;

beforeAll(async () => {
  const [healthy] = scenarios;
  if (healthy?.name !== 'healthy') throw new Error('the first scenario is healthy');
  lab = await startLab(healthy);
  redis = await startRedis({ password: 'cnry-redis-password' });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([lab.close(), redis.close()]);
});

/** The environment of somebody who works with the lab. */
function environment(): Record<string, string> {
  return {
    KUBECONFIG: lab.kubeconfigFile,
    PROMETHEUS_URL: `${lab.urls.prometheus}?token=cnry-prometheus-token`,
    REDIS_URL: `redis://:cnry-redis-password@127.0.0.1:${redis.port}`,
    VAULT_ADDR: lab.urls.vault,
    VAULT_TOKEN: 'cnry-vault-token',
    OPENAI_API_KEY: 'cnry-openai-key',
  };
}

const init = (...args: string[]) => cli.run(['init', '--timeout', '5s', ...args], { cwd: folder, env: environment() });

describe('init', () => {
  it('--dry-run prints a file that reads, without a secret in it, and writes nothing', async () => {
    const ended = await init('--dry-run');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(leaksIn(ended.stdout)).toEqual([]);
    const config = parseConfig(ended.stdout, 'agentops.yaml', join(folder, 'agentops.yaml'), { env: environment(), home: folder });
    expect(config).toMatchObject({
      prometheus: { url: environment().PROMETHEUS_URL },
      redis: [{ url: environment().REDIS_URL }],
      vault: { address: environment().VAULT_ADDR },
      providers: [{ name: 'openai' }],
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('proposes the secrets that it finds, watched and not rotated, and the file reads', async () => {
    const ended = await cli.run(['init', '--dry-run', '--timeout', '10s'], {
      cwd: folder,
      env: { ...environment(), VAULT_TOKEN: 'agentops-lab' },
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const { secrets } = parseConfig(ended.stdout, 'agentops.yaml', join(folder, 'agentops.yaml'), { env: environment(), home: folder });
    const told = secrets.map(({ name, vault, issuer, consumers }) => {
      const copies = consumers.map((each) => (each.type === 'kubernetes' ? `${each.namespace}/${each.secret}` : each.type));
      return `${name} ${vault?.mount}/${vault?.path} ${issuer?.type ?? 'watched'} ${copies.join(' ')}`;
    });
    expect(told).toEqual([
      'anthropic kv/agents/anthropic watched agents/anthropic-key',
      'openai kv/agents/openai watched agents/openai-key',
      'redis kv/platform/redis watched platform/redis-auth',
    ]);
  });

  it('says that it could not look into Vault', async () => {
    const ended = await init('--dry-run');
    expect(ended.stdout).toMatch(/^# Not seen: vault http:\/\/127\.0\.0\.1:\d+: answers 403: the token is missing, invalid or expired$/m);
    expect(ended.stdout).toMatch(/^# secrets:$/m);
  });

  it('writes it for its owner alone, says what it found, and diagnose takes it', async () => {
    const ended = await init();
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^✔ kubernetes {2}agentops-lab \(v1\.36\.3\+agentops-lab\)$/m);
    expect(ended.stdout).toMatch(/^✔ redis {7}\$\{env:REDIS_URL\} \(REDIS_URL, 7\.0\.15\+agentops-lab\)$/m);
    expect(leaksIn(ended.stdout)).toEqual([]);
    const file = join(folder, 'agentops.yaml');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(leaksIn(readFileSync(file, 'utf8'))).toEqual([]);
    const diagnosed = await cli.run(['diagnose', '--only', 'connectivity/redis,connectivity/vault', '-o', 'json'], {
      cwd: folder,
      env: environment(),
    });
    expect(diagnosed).toMatchObject({ code: 0, stderr: '' });
  });

  it('replaces nothing unless it is told to', async () => {
    writeFileSync(join(folder, 'mine.yaml'), 'timeout: 7s\n', { mode: 0o644 });
    expect(await init('--file', 'mine.yaml')).toEqual({
      code: 4,
      signal: null,
      stdout: '',
      stderr: 'agentops: mine.yaml is there already (--force replaces it, --dry-run prints what would be written)\n',
    });
    expect(readFileSync(join(folder, 'mine.yaml'), 'utf8')).toBe('timeout: 7s\n');
    expect(await init('--file', 'mine.yaml', '--force')).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(folder, 'mine.yaml'), 'utf8')).toContain('prometheus:');
    expect(statSync(join(folder, 'mine.yaml')).mode & 0o777).toBe(0o600);
  });

  it('a folder that is not there is one line', async () => {
    expect(await init('--file', 'no/such/agentops.yaml')).toMatchObject({
      code: 4,
      stdout: '',
      stderr: 'agentops: cannot write no/such/agentops.yaml: ENOENT\n',
    });
  });

  it('a variable that holds no URL is said without its value', async () => {
    const ended = await cli.run(['init', '--dry-run', '--timeout', '5s'], {
      cwd: folder,
      env: { ...environment(), PROMETHEUS_URL: 'user:cnry-password@prometheus', VAULT_ADDR: 'cnry-vault' },
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(leaksIn(ended.stdout)).toEqual([]);
  });
});
