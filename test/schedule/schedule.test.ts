import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseConfig } from '../../packages/core/src/config/load.ts';
import type { ScheduleFile } from '../../packages/core/src/schedule/file.ts';
import { parseMount, printed, type ScheduleRequest, scheduleFiles } from '../../packages/core/src/schedule/schedule.ts';

const request: ScheduleRequest = {
  target: 'kubernetes',
  only: [],
  schedules: {},
  kubernetes: {
    namespace: 'agentops',
    image: 'registry.example/agentops:1',
    serviceAccount: 'agentops',
    envSecret: 'agentops-env',
    mounts: [],
    stateClaim: undefined,
  },
  machine: { program: '/usr/local/bin/agentops', user: 'agentops' },
};

const rotating = `# a comment
timeZone: Europe/Berlin
vault:
  address: https://vault:8200
  auth: { method: kubernetes, role: agentops }
ledger: postgres://agentops:\${env:PGPASSWORD}@db/usage
secrets:
  - name: openai-key
    vault: { mount: kv, path: agents/openai }
    issuer: { type: openai, adminKey: "\${env:OPENAI_ADMIN_KEY}", project: p }
    verifyWithin: 3m
    consumers:
      - { type: kubernetes, namespace: agents, secret: openai-key, workloads: [{ name: code-gen }] }
rotation: { timeout: 30m }
`;

function made(text: string, change: Partial<ScheduleRequest> = {}): readonly ScheduleFile[] {
  const file = '/etc/agentops/agentops.yaml';
  const config = parseConfig(text, 'agentops.yaml', file, { env: {}, home: '/nonexistent' }, { needs: 'nothing' });
  return scheduleFiles({ ...request, ...change }, { config, file, shown: 'agentops.yaml', text });
}

function refusal(text: string, change: Partial<ScheduleRequest> = {}): string {
  try {
    made(text, change);
  } catch (error) {
    return (error as { oneLine(): string }).oneLine();
  }
  return 'accepted';
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly automountServiceAccountToken?: boolean;
  readonly spec: {
    readonly schedule: string;
    readonly timeZone: string;
    readonly concurrencyPolicy: string;
    readonly startingDeadlineSeconds: number;
    readonly jobTemplate: {
      readonly spec: {
        readonly backoffLimit: number;
        readonly activeDeadlineSeconds: number;
        readonly template: {
          readonly metadata: { readonly annotations?: Record<string, string> };
          readonly spec: {
            readonly serviceAccountName: string;
            readonly automountServiceAccountToken: boolean;
            readonly terminationGracePeriodSeconds: number;
            readonly securityContext: object;
            readonly containers: readonly [
              {
                readonly image: string;
                readonly args: string[];
                readonly env: { name: string }[];
                readonly securityContext: object;
                readonly resources: object;
              },
            ];
            readonly volumes: object[];
          };
        };
      };
    };
  };
}

function manifests(text: string, change: Partial<ScheduleRequest> = {}): Manifest[] {
  return parseAllDocuments(printed('kubernetes', made(text, change))).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  });
}

const names = (all: readonly Manifest[], kind: string): string[] =>
  all.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);
const cronJob = (all: readonly Manifest[], name: string): Manifest => {
  const found = all.find(({ kind, metadata }) => kind === 'CronJob' && metadata.name === name);
  if (!found) throw new Error(`no CronJob ${name}`);
  return found;
};
const variablesOf = (job: Manifest): string[] => job.spec.jobTemplate.spec.template.spec.containers[0].env.map(({ name }) => name);

describe('kubernetes', () => {
  const all = manifests(rotating);

  it('accounts, roles, the configuration without comments, and the jobs', () => {
    const jobs = ['agentops-secrets', 'agentops-diagnose', 'agentops-cost'];
    expect(names(all, 'ServiceAccount')).toEqual(jobs);
    expect(names(all, 'CronJob')).toEqual(jobs);
    expect(names(all, 'Role')).toEqual(['agentops-secrets']);
    expect(names(all, 'RoleBinding')).toEqual(['agentops-secrets']);
    expect(names(all, 'ClusterRole')).toEqual(['agentops-diagnose']);
    expect(names(all, 'ClusterRoleBinding')).toEqual(['agentops-diagnose']);
    expect(all.find(({ kind }) => kind === 'ConfigMap')?.data).toEqual({ 'agentops.yaml': rotating.replace('# a comment\n', '') });
    expect(all.filter(({ kind }) => kind === 'ServiceAccount').every((one) => one.automountServiceAccountToken === false)).toBe(true);
  });

  it('times, deadlines and patience of each', () => {
    const seen = names(all, 'CronJob').map((name) => {
      const { spec } = cronJob(all, name);
      const { backoffLimit, activeDeadlineSeconds, template } = spec.jobTemplate.spec;
      const { args } = template.spec.containers[0];
      return [
        spec.schedule,
        spec.timeZone,
        spec.concurrencyPolicy,
        activeDeadlineSeconds,
        template.spec.terminationGracePeriodSeconds,
        backoffLimit,
        args.join(' '),
      ];
    });
    expect(seen).toEqual([
      // 30 minutes, and five for the pod's start; verifyWithin, and a minute.
      ['7 * * * *', 'Europe/Berlin', 'Forbid', 2100, 240, 0, 'secrets rotate --due --yes'],
      ['*/15 * * * *', 'Europe/Berlin', 'Forbid', 320, 30, 0, 'diagnose --fail-on unknown'],
      ['0 7 * * 1', 'Europe/Berlin', 'Forbid', 1800, 30, 0, 'cost report --period last-week -o markdown'],
    ]);
  });

  it('an issuer’s key is for the pod that rotates alone, and only those that ask the API have a token', () => {
    const pods = names(all, 'CronJob').map((name) => cronJob(all, name));
    const plain = ['AGENTOPS_CONFIG', 'HOME', 'XDG_STATE_HOME'];
    expect(pods.map(variablesOf)).toEqual([
      [...plain, 'OPENAI_ADMIN_KEY', 'PGPASSWORD'],
      [...plain, 'PGPASSWORD'],
      [...plain, 'PGPASSWORD'],
    ]);
    expect(pods.map(({ spec }) => spec.jobTemplate.spec.template.spec.automountServiceAccountToken)).toEqual([true, true, false]);
  });

  it('a pod that passes the restricted standard', () => {
    const { spec } = cronJob(all, 'agentops-secrets').spec.jobTemplate.spec.template;
    expect(spec.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(spec.containers[0].resources).toEqual({ requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1', memory: '512Mi' } });
  });

  it('only what the configuration has work for; the rest is told in a comment', () => {
    const text = 'vault: { address: "http://v" }\n';
    expect(names(manifests(text), 'CronJob')).toEqual(['agentops-diagnose']);
    const [first] = made(text);
    expect(first?.text.split('\n').slice(0, 3)).toEqual([
      '# Made by: agentops schedule --target kubernetes. Make it again when agentops.yaml changes.',
      '# Left out: secrets. no entry below `secrets` has an issuer: there is nothing to rotate.',
      '# Left out: cost. The ledger would be lost with each pod: set `ledger` to a postgres:// URL, or name a PersistentVolumeClaim with --state-claim.',
    ]);
    expect(refusal(text, { only: ['secrets'] })).toBe('--only secrets: no entry below `secrets` has an issuer: there is nothing to rotate');
    expect(refusal(text, { only: ['cost'] })).toMatch(/^--only cost: The ledger would be lost with each pod/);
  });

  it('a token that nobody names is looked for in the environment', () => {
    expect(variablesOf(cronJob(manifests('vault: { address: "http://v" }\n'), 'agentops-diagnose'))).toContain('VAULT_TOKEN');
    const named = 'vault: { address: "http://v", auth: { method: token, token: "${env:MY}" } }\n';
    expect(variablesOf(cronJob(manifests(named), 'agentops-diagnose'))).toEqual(expect.not.arrayContaining(['VAULT_TOKEN']));
  });

  it('a volume claim keeps the ledger of the report alone', () => {
    const kubernetes = { ...request.kubernetes, stateClaim: 'agentops-state' };
    const claimed = manifests('version: 1\n', { kubernetes });
    const volume = { name: 'state', persistentVolumeClaim: { claimName: 'agentops-state' } };
    expect(cronJob(claimed, 'agentops-cost').spec.jobTemplate.spec.template.spec.volumes).toContainEqual(volume);
    expect(cronJob(claimed, 'agentops-diagnose').spec.jobTemplate.spec.template.spec.volumes).not.toContainEqual(volume);
  });

  it('Secrets as files', () => {
    const kubernetes = { ...request.kubernetes, mounts: [parseMount('vault-ca=/etc/agentops/vault')] };
    const text = 'vault: { address: "https://v", tls: { caFile: /etc/agentops/vault/ca.pem } }\n';
    const { volumes } = cronJob(manifests(text, { kubernetes }), 'agentops-diagnose').spec.jobTemplate.spec.template.spec;
    expect(volumes).toContainEqual({ name: 'files-0', secret: { secretName: 'vault-ca', defaultMode: 0o440 } });
    expect(refusal(text)).toMatch(
      /^agentops\.yaml:1:47: vault\.tls\.caFile names the file \/etc\/agentops\/vault\/ca\.pem, which a pod does not have/,
    );
  });

  it.each([
    ['kubernetes: { contexts: [prod] }\n', 'kubernetes.contexts names the context prod: a pod knows its own cluster alone'],
    [
      'kubernetes: { kubeconfig: ~/.kube/config }\n',
      'agentops.yaml:1:27: kubernetes.kubeconfig names the file ~/.kube/config, which a pod does not have',
    ],
    [
      'prometheus: { url: "http://p", password: "${file:pw}" }\n',
      'agentops.yaml:1:42: ${file:pw} names the file pw, which a pod does not have',
    ],
    [rotating.replace('namespace: agents', 'namespace: agents, context: eu'), 'secret openai-key: its consumer names the context eu'],
    [
      `${rotating.replace(/rotation:.*\n/, '')}rotation: { lock: { type: lease, namespace: x, context: hub } }\n`,
      'rotation.lock names the context hub',
    ],
    [rotating.replace(/vault:\n(.*\n){2}/, ''), 'vault is not configured: a rotation in a pod would not know where it is'],
    [
      rotating.replace(/- \{ type: kubernetes.*/, '- { type: file, path: /etc/agent/key }'),
      'secret openai-key: its consumer /etc/agent/key is a file of a machine, which a pod cannot replace',
    ],
    [rotating.replace('"${env:OPENAI_ADMIN_KEY}"', 'cnry-key'), 'agentops.yaml:10:39: secrets[0].issuer.adminKey is written out'],
  ])('is refused (%#)', (text, line) => {
    expect(refusal(text)).toContain(line);
    expect(refusal(text)).not.toContain('cnry');
  });

  it('the same twice', () => {
    expect(made(rotating)).toEqual(made(rotating));
  });

  it('a ledger that is not known here', () => {
    expect(made('ledger: ${env:LEDGER}\n')[0]?.text).toContain(
      '# Left out: cost. Whether the ledger outlives a pod cannot be told, for environment variable LEDGER is not set',
    );
  });
});

describe('cron', () => {
  it('a line a job; what went well is not mailed, and a lock held elsewhere is well', () => {
    const [file, ...rest] = made(rotating, { target: 'cron', schedules: { secrets: '@daily' } });
    expect(rest).toEqual([]);
    expect(file?.text).toBe(`# Made by: agentops schedule --target cron. Make it again when agentops.yaml changes.
# For the crontab of the user that runs it: crontab -e
# No lock around the jobs: a rotation takes its own, and two diagnoses or reports do not disturb each other.
# cron mails what a job prints: a failed run of the first two, and the weekly report. MAILTO=ops@example.com says to whom.
# /etc/agentops/environment, mode 0600: PGPASSWORD; one NAME='value' a line, as a shell reads it.
# /etc/agentops/rotation-environment, mode 0600: OPENAI_ADMIN_KEY; one NAME='value' a line, as a shell reads it.
# CRON_TZ is for cronie; other crons know the time zone of the machine alone.
SHELL=/bin/sh
PATH=/usr/local/bin:/usr/bin:/bin
CRON_TZ=Europe/Berlin

# Exit codes: 0 nothing was due or all is done, 2 failed or rolled back (the old value serves), 3 undetermined or a
# person is needed, 4 usage, 5 another process is at it.
0 0 * * * said=$(set -a; . /etc/agentops/environment; . /etc/agentops/rotation-environment; set +a; /usr/local/bin/agentops --config /etc/agentops/agentops.yaml secrets rotate --due --yes 2>&1) || [ $? -eq 5 ] || printf '\\%s\\n' "$said"

# Every quarter of an hour: a run takes seconds and lists each resource once, and nothing stays unseen for longer.
# Exit codes: 0 healthy or warnings, 2 critical, 3 something could not be seen, 4 usage or internal error.
*/15 * * * * said=$(set -a; . /etc/agentops/environment; set +a; /usr/local/bin/agentops --config /etc/agentops/agentops.yaml diagnose --fail-on unknown 2>&1) || printf '\\%s\\n' "$said"

# About the week that is over. Exit codes: 0 printed, 4 usage or internal error.
0 7 * * 1 set -a; . /etc/agentops/environment; set +a; /usr/local/bin/agentops --config /etc/agentops/agentops.yaml cost report --period last-week -o markdown
`);
  });

  it('a configuration without references, with a secret of its own, is fine: it stays on the machine', () => {
    const [file] = made('vault: { address: "http://v", auth: { method: token, token: cnry-token } }\n', {
      target: 'cron',
      only: ['diagnose'],
    });
    expect(file?.text).not.toContain('environment');
    expect(file?.text).not.toContain('cnry');
  });
});
