import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { leaksIn } from '../support/canary.ts';
import { useCli } from '../support/cli.ts';

const cli = useCli();
const folder = mkdtempSync(join(tmpdir(), 'agentops-schedule-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = `# cnry-comment
vault: { address: "https://vault:8200", auth: { method: kubernetes, role: agentops } }
secrets:
  - name: openai-key
    vault: { mount: kv, path: agents/openai }
    issuer: { type: openai, adminKey: "\${env:OPENAI_ADMIN_KEY}", project: p }
    consumers:
      - { type: kubernetes, namespace: agents, secret: openai-key, workloads: [{ name: code-gen }] }
`;
beforeAll(() => writeFileSync(join(folder, 'agentops.yaml'), config));

const schedule = (...args: string[]) => cli.run(['schedule', ...args], { cwd: folder });

describe('schedule', () => {
  it('prints manifests that are one stream of YAML; variables need not be set here', async () => {
    const ended = await schedule('--target', 'kubernetes', '--image', 'registry.example:5000/a/agentops@sha256:00');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(leaksIn(ended.stdout)).toEqual([]);
    const documents = parseAllDocuments(ended.stdout);
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    const objects = documents.map((document) => document.toJS() as { kind: string; metadata: { name: string } });
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'ServiceAccount agentops-secrets',
      'Role agentops-secrets',
      'RoleBinding agentops-secrets',
      'ServiceAccount agentops-diagnose',
      'ClusterRole agentops-diagnose',
      'ClusterRoleBinding agentops-diagnose',
      'ConfigMap agentops-config',
      'CronJob agentops-secrets',
      'CronJob agentops-diagnose',
    ]);
    expect(ended.stdout.match(/^ +image: .*/gm)?.map((line) => line.trim())).toEqual(
      Array(2).fill('image: "registry.example:5000/a/agentops@sha256:00"'),
    );
    expect(await schedule('--target', 'kubernetes', '--image', 'registry.example:5000/a/agentops@sha256:00')).toEqual(ended);
  });

  it('the image is of this version unless it is named', async () => {
    expect((await schedule('--target', 'kubernetes')).stdout).toContain('image: "agentops:0.1.0"');
  });

  it('--dir writes files, the configuration private; again changes nothing, and what differs is kept', async () => {
    const ended = await schedule('--target', 'kubernetes', '--dir', 'out/k8s');
    const names = ['agentops-rbac.yaml', 'agentops-config.yaml', 'agentops-cronjobs.yaml'];
    expect(ended).toEqual({ code: 0, signal: null, stderr: '', stdout: names.map((name) => `✔ out/k8s/${name}\n`).join('') });
    const out = join(folder, 'out', 'k8s');
    expect(readdirSync(out).sort()).toEqual([...names].sort());
    expect(names.map((name) => statSync(join(out, name)).mode & 0o777)).toEqual([0o644, 0o600, 0o644]);
    expect((await schedule('--target', 'kubernetes', '--dir', 'out/k8s')).stdout).toBe(names.map((name) => `= out/k8s/${name}\n`).join(''));
    writeFileSync(join(out, 'agentops-cronjobs.yaml'), 'mine\n');
    rmSync(join(out, 'agentops-rbac.yaml'));
    expect(await schedule('--target', 'kubernetes', '--dir', 'out/k8s')).toEqual({
      code: 4,
      signal: null,
      stdout: '',
      stderr: 'agentops: out/k8s/agentops-cronjobs.yaml is there already, and differs (--force replaces it)\n',
    });
    // Nothing was written before that was noticed.
    expect(readdirSync(out).sort()).toEqual(['agentops-config.yaml', 'agentops-cronjobs.yaml']);
    expect(await schedule('--target', 'kubernetes', '--dir', 'out/k8s', '--force')).toMatchObject({ code: 0 });
    expect(readFileSync(join(out, 'agentops-cronjobs.yaml'), 'utf8')).toContain('kind: CronJob');
  });

  it('systemd units name themselves, and take the configuration by its full path', async () => {
    const { stdout, code } = await schedule(
      '--target',
      'systemd',
      '--only',
      'diagnose',
      '--user',
      'ops',
      '--diagnose-schedule',
      '0 6 * * *',
    );
    expect(code).toBe(0);
    expect(stdout.match(/^# ---- .*$/gm)).toEqual([
      '# ---- /etc/systemd/system/agentops-diagnose.service',
      '# ---- /etc/systemd/system/agentops-diagnose.timer',
    ]);
    expect(stdout).toContain(`ExecStart=/usr/local/bin/agentops --config ${join(folder, 'agentops.yaml')} diagnose --fail-on unknown\n`);
    expect(stdout).toContain('\nUser=ops\n');
    expect(stdout).toContain('\nOnCalendar=*-*-* 06:00:00\n');
  });

  it('a folder that cannot be made is one line', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(await schedule('--target', 'cron', '--dir', 'file/x')).toMatchObject({
      code: 4,
      stdout: '',
      stderr: 'agentops: cannot write into file/x: ENOTDIR\n',
    });
  });
});

describe('a mistake is one line on stderr and exit code 4', () => {
  it.concurrent.each<[string, string[], string]>([
    ['no target', [], "required option '--target <target>' not specified"],
    ['target', ['--target', 'nomad'], 'unknown target "nomad" (one of kubernetes, systemd, cron)'],
    ['job', ['--target', 'cron', '--only', 'report'], 'unknown job "report" (one of secrets, diagnose, cost)'],
    [
      'schedule',
      ['--target', 'cron', '--cost-schedule', 'weekly'],
      '--cost-schedule: "weekly" is not a schedule of five fields (such as "7 * * * *" or @daily)',
    ],
    [
      'namespace',
      ['--target', 'kubernetes', '-n', 'Agent Ops'],
      '--namespace: "Agent Ops" is no name for Kubernetes (lower-case letters, digits and dashes, at most 52)',
    ],
    ['image', ['--target', 'kubernetes', '--image', 'a"\nb'], '--image: "a" b" has characters that do not belong there'],
    [
      'mount',
      ['--target', 'kubernetes', '--mount-secret', 'ca'],
      '--mount-secret: "ca" is not SECRET=/folder (such as vault-ca=/etc/agentops/vault)',
    ],
    ['program', ['--target', 'systemd', '--program', 'agentops'], '--program: "agentops" is not an absolute path'],
  ])('%s', async (_name, args, line) => {
    expect(await schedule(...args)).toEqual({ code: 4, signal: null, stdout: '', stderr: `agentops: ${line}\n` });
  });

  it('no configuration', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    rmSync(join(folder, 'agentops.yaml'));
    try {
      expect(await cli.run(['schedule', '--target', 'cron'], { cwd: empty })).toMatchObject({
        code: 4,
        stderr: 'agentops: there is no configuration that the jobs could run with (agentops init writes one)\n',
      });
    } finally {
      writeFileSync(join(folder, 'agentops.yaml'), config);
    }
  });

  it('a secret that is written out is named by its place, not by its value', async () => {
    writeFileSync(join(folder, 'literal.yaml'), config.replace(/"\$\{env:.*?\}"/, 'cnry-admin-key'));
    const ended = await cli.run(['schedule', '--target', 'kubernetes', '--config', 'literal.yaml'], { cwd: folder });
    expect(ended).toEqual({
      code: 4,
      signal: null,
      stdout: '',
      stderr: expect.stringMatching(
        /^agentops: agentops\.yaml:6:39: secrets\[0\]\.issuer\.adminKey is written out: a ConfigMap is no place for a secret \(.*\)\n$/,
      ),
    });
    expect(leaksIn(ended.stderr)).toEqual([]);
  });
});
