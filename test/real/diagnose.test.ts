import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Config, configSchema } from '../../packages/core/src/config/schema.ts';
import { diagnose } from '../../packages/core/src/diagnose/run.ts';
import type { Report } from '../../packages/core/src/model/report.ts';
import { renderReport, reportFormats } from '../../packages/core/src/render/render.ts';
import { run } from '../../scripts/servers/process.ts';
import { registrySeed } from '../../scripts/servers/redis.ts';
import { testHost } from '../support/host.ts';
import { describeReal } from './support.ts';

const cli = join(import.meta.dirname, '..', '..', 'packages', 'cli');

/** Every credential and every secret value of the test servers holds this word. */
const canary = 'CANARY';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function execute(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string },
): Promise<Ended> {
  const child = spawn(command, [...args], { cwd: options.cwd, env: options.env ?? process.env });
  child.stdin.end(options.input ?? '');
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    }),
  ]);
  return { code, stdout, stderr };
}

describeReal(['kubernetes', 'prometheus', 'redis', 'vault'], 'diagnose', ({ kubernetes, prometheus, redis, vault }) => {
  // Ten minutes on: graces of a cluster that has just been made are over.
  const now = Date.now() + 600_000;
  const setUp = (credentials: boolean): unknown => ({
    kubernetes: { kubeconfig: kubernetes.kubeconfig },
    prometheus: {
      url: prometheus.url,
      bearerToken: credentials ? `${canary}-bearer` : `\${env:PROM_TOKEN}`,
      headers: { 'X-Scope-OrgID': `${canary}-tenant` },
    },
    redis: [
      { name: 'cache', url: redis.url, username: redis.user.name, password: credentials ? redis.user.password : `\${env:REDIS_PASSWORD}` },
    ],
    vault: {
      address: vault.url,
      auth: { method: 'approle', roleId: vault.approle.roleId, secretId: vault.approle.secretId },
      secrets: [{ mount: 'secret' }],
    },
    endpoints: [
      { name: 'exporter', url: `${prometheus.exporterUrl}/metrics?key=${canary}-query` },
      { name: 'dead', url: `http://user:${canary}-userinfo@${prometheus.deadTarget}/` },
    ],
    budget: { daily: 1 },
  });
  const config: Config = configSchema.parse(setUp(true));

  describe('on what was seeded', () => {
    let report: Report;
    beforeAll(async () => {
      await run('redis-cli', ['-p', String(redis.port), 'hset', 'agents:registry', ...Object.entries(registrySeed(now)).flat()]);
      report = await diagnose(config, testHost({ now }), { version: 'test' });
    });

    it('finds what is wrong there, and nothing else', () => {
      const found = report.findings
        .filter(({ severity }) => severity !== 'info')
        // Other suites rotate and schedule in namespaces of their own, which take a while to go.
        .filter(({ resource }) => !/^(rotation|schedule)-/.test(resource.namespace ?? resource.name))
        .map(({ severity, id, resource }) => {
          // Names of pods without what their ReplicaSet and the API server put behind.
          const name = resource.kind === 'Pod' ? resource.name.replace(/-[a-f0-9]+-[a-z0-9]{5}$/, '') : resource.name;
          return `${severity} ${id} ${name}`;
        });
      expect([...new Set(found)].sort()).toEqual([
        'critical agents/endpoints coder',
        'critical agents/heartbeat coder-1',
        'critical budget/daily-spend daily',
        'critical connectivity/endpoint dead',
        'critical performance/error-ratio planner',
        'critical performance/targets-down dead',
        'critical resources/crash-loop crasher',
        'critical resources/image-pull no-image',
        'critical resources/node-conditions node-lost',
        'critical resources/oom-killed crasher',
        'critical resources/pending too-big',
        'critical resources/quota pods',
        'critical resources/replicas-short crasher',
        'critical resources/replicas-short no-image',
        'critical resources/replicas-short too-big',
        'critical secret-age/kubernetes legacy-token',
        'warning agents/capacity planner',
        'warning agents/registry agents:registry',
        'warning budget/hourly-tokens hourly tokens',
        'warning budget/unpriced claude-sonnet-4',
        'warning budget/unpriced gpt-4o',
        'warning network-policy/blocked-dns gateway',
        'warning network-policy/no-default-deny agents',
        'warning network-policy/uncovered-pod coder',
        'warning network-policy/uncovered-pod crasher',
        'warning network-policy/uncovered-pod no-image',
        'warning network-policy/uncovered-pod too-big',
        'warning network-policy/world-open-egress planner',
        'warning performance/mean-response gpt-4o',
        'warning performance/mean-response planner',
        'warning performance/p95 gpt-4o',
        'warning performance/p95 planner',
        'warning performance/success-ratio planner',
        'warning performance/tool-error-ratio search',
        'warning resources/autoscaler-limited planner',
        'warning resources/cpu-usage planner',
        'warning resources/memory-usage coder',
        'warning resources/missing-limits gateway',
        'warning resources/missing-limits too-big',
        'warning resources/missing-requests gateway',
        'warning resources/missing-requests too-big',
        'warning secret-age/vault secret/platform/retired',
      ]);
    });

    it('says what it could not see', () => {
      expect(report.verdict).toBe('critical');
      expect(report.missingPermissions).toEqual([]);
      expect(report.notSeen.map(({ reason, detail }) => `${reason}: ${detail}`).sort()).toEqual([
        'absent: no usage of 1 node: node-lost',
        'invalid: 1 entry that cannot be read as JSON: broken',
      ]);
    });

    it.each(reportFormats)('shows no credential and no secret as %s', async (format) => {
      const output = await renderReport(report, format, { width: 160, color: true, verbose: true, quiet: false });
      expect(output).toContain('crasher');
      expect(output).not.toContain(canary);
    });

    it('renders metrics that promtool accepts', async () => {
      const metrics = await renderReport(report, 'prometheus', { width: 80, color: false, verbose: true, quiet: false });
      expect(await execute('promtool', ['check', 'metrics'], { input: metrics })).toEqual({ code: 0, stdout: '', stderr: '' });
    });
  });

  describe('the built program', () => {
    let folder: string;
    beforeAll(() => {
      if (!existsSync(join(cli, 'dist'))) throw new Error('not built: npm run build');
      folder = mkdtempSync(join(tmpdir(), 'agentops-real-'));
      writeFileSync(join(folder, 'agentops.yaml'), JSON.stringify(setUp(false)));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const agentops = (...args: readonly string[]): Promise<Ended> => {
      const { bin } = JSON.parse(readFileSync(join(cli, 'package.json'), 'utf8')) as { bin: { agentops: string } };
      return execute(process.execPath, [join(cli, bin.agentops), ...args], {
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: folder, PROM_TOKEN: `${canary}-env`, REDIS_PASSWORD: redis.user.password },
      });
    };

    it.each(reportFormats)('answers 2 and shows no credential as %s', async (format) => {
      const { code, stdout, stderr } = await agentops('diagnose', '-o', format, '--verbose');
      expect(code).toBe(2);
      expect(stdout).toContain('crasher');
      expect(stdout + stderr).not.toContain(canary);
    });

    it('answers 3 where it may see next to nothing, and prints the roles that it needs', async () => {
      const { code, stdout } = await agentops('diagnose', '--only', 'resources', '--context', 'nobody', '-o', 'json');
      expect(code).toBe(3);
      const report = JSON.parse(stdout) as Report;
      expect(report.verdict).toBe('unknown');
      expect(report.permissionManifest).toContain('kind: ClusterRole');
    });

    it('restores the sight of who was given what `agentops rbac` prints', async () => {
      const { code, stdout } = await agentops('rbac', '--only', 'resources');
      expect(code).toBe(0);
      const file = join(folder, 'role.yaml');
      writeFileSync(file, stdout);
      const kubectl = (...args: readonly string[]): Promise<string> =>
        run(kubernetes.kubectl, ['--kubeconfig', kubernetes.kubeconfig, ...args]);
      const name = /^ {2}name: (\S+)$/m.exec(stdout)?.[1] ?? '';
      await kubectl('apply', '-f', file);
      await kubectl('create', 'clusterrolebinding', 'rbac-command', `--clusterrole=${name}`, '--user=nobody');
      try {
        await expect
          .poll(
            async () =>
              JSON.parse((await agentops('diagnose', '--only', 'resources', '--context', 'nobody', '-o', 'json')).stdout) as Report,
            {
              timeout: 15_000,
            },
          )
          .toMatchObject({ verdict: 'critical', missingPermissions: [] });
      } finally {
        await kubectl('delete', 'clusterrolebinding', 'rbac-command');
        await kubectl('delete', 'clusterrole', name);
      }
    });
  });
});
