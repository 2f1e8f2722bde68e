import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { useCli } from '../support/cli.ts';

const cli = useCli();
const folder = mkdtempSync(join(tmpdir(), 'agentops-rbac-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() =>
  writeFileSync(
    join(folder, 'agentops.yaml'),
    `vault: { address: "https://vault:8200", namespace: team, secrets: [{ mount: kv, path: agents/ }] }
kubernetes: { namespaces: [agents] }
secrets:
  - name: openai-key
    vault: { mount: kv, path: agents/openai }
    issuer: { type: openai, adminKey: "\${env:OPENAI_ADMIN_KEY}", project: p }
    consumers:
      - { type: kubernetes, namespace: agents, secret: openai-key, workloads: [{ name: code-gen }] }
      - { type: kubernetes, context: eu, namespace: agents-eu, secret: openai-key, workloads: [{ name: code-gen }] }
`,
  ),
);

const rbac = (...args: string[]) => cli.run(['rbac', ...args], { cwd: folder });

/** `Kind name namespace` of each document. */
function objectsIn(text: string): string[] {
  return parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([]);
    const { kind, metadata } = document.toJS() as { kind: string; metadata: { name: string; namespace?: string } };
    return [kind, metadata.name, metadata.namespace].filter((part) => part !== undefined).join(' ');
  });
}

describe('rbac', () => {
  it('is about diagnose unless it is told otherwise, in the configured namespaces', async () => {
    const ended = await rbac('--only', 'resources');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(objectsIn(ended.stdout)).toEqual(['ClusterRole agentops-diagnose', 'Role agentops-diagnose agents']);
    expect((await rbac('--only', 'resources', '--for', 'diagnose')).stdout).toBe(ended.stdout);
    expect(objectsIn((await rbac('--only', 'resources', '-n', 'a,b')).stdout)).toEqual([
      'ClusterRole agentops-diagnose',
      'Role agentops-diagnose a',
      'Role agentops-diagnose b',
    ]);
  });

  it('--for secrets: roles by cluster, bound where an account is named; the issuer’s key need not be known', async () => {
    const ended = await rbac('--for', 'secrets', '--service-account', 'agentops/agentops-secrets');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(objectsIn(ended.stdout)).toEqual([
      'Role agentops-secrets agents',
      'RoleBinding agentops-secrets agents',
      'Role agentops-secrets agents-eu',
      'RoleBinding agentops-secrets agents-eu',
    ]);
    expect(ended.stdout.split('---\n')[2]).toMatch(/^# In the cluster of context eu:\n/);
  });

  it('--for all is both', async () => {
    const { stdout } = await rbac('--for', 'all', '--only', 'resources');
    expect(objectsIn(stdout)).toEqual([
      'ClusterRole agentops-diagnose',
      'Role agentops-diagnose agents',
      'Role agentops-secrets agents',
      'Role agentops-secrets agents-eu',
    ]);
  });

  it.each([
    ['cost', '# cost needs no permission: it reads files, the ledger and Prometheus.\n'],
    [
      'schedule',
      '# schedule needs no permission: it prints what others apply. What its jobs need is in there, and in --for diagnose and secrets.\n',
    ],
  ])('--for %s says that nothing is needed', async (name, text) => {
    expect(await rbac('--for', name)).toMatchObject({ code: 0, stdout: text });
    expect(await rbac('--for', name, '--vault')).toMatchObject({ code: 0, stdout: text });
  });

  it('--vault: metadata, journals and locks', async () => {
    expect(await rbac('--vault')).toEqual({
      code: 0,
      signal: null,
      stderr: '',
      stdout: `# For diagnose, secrets list and plans: no value of a secret. vault policy write agentops-diagnose FILE
# In namespace team.
# Its tokens need the policy "default" besides, as they have by default: they look after themselves with it.

path "kv/data/agentops/locks/openai-key" {
  capabilities = ["read"]
}

# Journals and locks of rotations: no values.
path "kv/data/agentops/rotations/openai-key/+" {
  capabilities = ["read"]
}

path "kv/metadata/agentops/rotations/" {
  capabilities = ["list"]
}

path "kv/metadata/agentops/rotations/openai-key/" {
  capabilities = ["list"]
}

path "kv/metadata/agents/*" {
  capabilities = ["list", "read"]
}

path "kv/metadata/agents/openai" {
  capabilities = ["list", "read"]
}
`,
    });
  });

  it('--vault --for secrets: and what a rotation writes', async () => {
    const { stdout, code } = await rbac('--vault', '--for', 'secrets');
    expect(code).toBe(0);
    expect(stdout).toContain('path "kv/data/agents/openai" {\n  capabilities = ["create", "read", "update"]\n}\n');
    expect(stdout).toContain('path "kv/data/agentops/audit/openai-key/+" {\n  capabilities = ["create", "read"]\n}\n');
    expect((await rbac('--vault', '--for', 'all')).stdout).toContain(stdout.slice(stdout.indexOf('\n\n')));
  });

  it('nothing is configured', async () => {
    writeFileSync(join(folder, 'empty.yaml'), 'version: 1\n');
    expect((await rbac('--for', 'secrets', '--config', 'empty.yaml')).stdout).toBe(
      '# secrets needs no permission: no consumer is in Kubernetes, and locks are not there either.\n',
    );
    expect((await rbac('--vault', '--config', 'empty.yaml')).stdout).toBe(
      '# diagnose needs no policy: neither vault.secrets nor secrets names anything in Vault.\n',
    );
  });

  it.each([
    [['--for', 'lab'], 'unknown command "lab" (one of diagnose, cost, secrets, schedule, all)'],
    [['--for', 'secrets', '-n', 'a'], '--only and --namespace are about diagnose, not about secrets'],
    [['--vault', '--only', 'agents'], '--vault prints a policy, which knows neither checks, namespaces nor service accounts'],
  ])('%j is one line and exit code 4', async (args, line) => {
    expect(await rbac(...args)).toEqual({ code: 4, signal: null, stdout: '', stderr: `agentops: ${line}\n` });
  });
});
