import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../packages/core/src/config/load.ts';
import type { Discovery } from '../../packages/core/src/init/discovery.ts';
import { configFileFor } from '../../packages/core/src/init/write.ts';

const nothing: Discovery = {
  kubernetes: { found: false, detail: 'no kubeconfig, and not inside a cluster' },
  prometheus: [{ url: 'http://127.0.0.1:9090', origin: 'localhost', reachable: false, detail: 'connection refused' }],
  redis: [],
  vault: [],
  secrets: { proposed: [], lone: [], notes: [] },
  codingAgents: [],
  providers: [],
};

const everything: Discovery = {
  kubernetes: {
    found: true,
    context: 'arn:aws:eks:eu-1:1:cluster/prod',
    server: 'api.example:6443',
    version: 'v1.36.3',
    namespaces: ['kube-system', 'agents'],
  },
  prometheus: [
    {
      url: 'http://prometheus.monitoring.svc:9090',
      origin: 'service monitoring/prometheus',
      reachable: false,
      detail: 'DNS: no such host',
      hint: 'kubectl -n monitoring port-forward svc/prometheus 9090:9090',
    },
    { url: 'http://127.0.0.1:9090', origin: 'localhost', reachable: true, detail: '2.42.0' },
  ],
  redis: [{ url: '${env:REDIS_URL}', origin: 'REDIS_URL', reachable: true, detail: '7.0.15' }],
  vault: [{ url: 'https://vault:8200', origin: 'VAULT_ADDR', reachable: true, detail: '1.21.0' }],
  secrets: {
    proposed: [
      {
        name: 'openai',
        mount: 'kv',
        path: 'agents/openai',
        maxAge: 30 * 86_400_000,
        consumers: [
          { namespace: 'agents', secret: 'openai-key', workloads: [{ kind: 'Deployment', name: 'code-gen' }], because: 'annotation' },
          { namespace: 'batch', secret: 'openai', workloads: [], because: 'name' },
        ],
      },
      { name: '123', mount: 'team/kv', path: 'odd "${env:HOME}": path #1', maxAge: undefined, consumers: [] },
      { name: 'true', mount: 'kv', path: '42', maxAge: 5_400_000, consumers: [] },
    ],
    lone: [{ namespace: 'agents', secret: 'anthropic-key', workloads: [{ kind: 'StatefulSet', name: 'planner' }] }],
    notes: ['kubernetes prod: pods may not be listed\nrm -rf /'],
  },
  codingAgents: ['~/.claude/projects/**/*.jsonl'],
  providers: [{ name: 'openai', variable: 'OPENAI_API_KEY' }],
};

function parse(text: string): ReturnType<typeof parseConfig> {
  return parseConfig(text, 'agentops.yaml', '/nonexistent/agentops.yaml', {
    env: { REDIS_URL: 'redis://:pw@cache:6379' },
    home: '/nonexistent',
  });
}

describe('the file that init writes', () => {
  it('is valid when nothing was found, and configures nothing', () => {
    const config = parse(configFileFor(nothing));
    expect(config.prometheus).toBeUndefined();
    expect(config.vault).toBeUndefined();
    expect(config).toMatchObject({ redis: [], providers: [], endpoints: [] });
  });

  it('holds what answered', () => {
    const config = parse(configFileFor(everything));
    expect(config.kubernetes.contexts).toEqual(['arn:aws:eks:eu-1:1:cluster/prod']);
    expect(config.prometheus?.url).toBe('http://127.0.0.1:9090');
    expect(config.redis[0]?.url).toBe('redis://:pw@cache:6379');
    expect(config.vault?.address).toBe('https://vault:8200');
    expect(config.providers).toEqual([{ name: 'openai' }]);
    expect(configFileFor(everything)).toContain('# found, and read without being named: ~/.claude/projects/**/*.jsonl\n');
  });

  it('proposes secrets that are watched and that nothing rotates, whatever they are called', () => {
    const { secrets } = parse(configFileFor(everything));
    expect(secrets.map(({ name, vault, maxAge, issuer }) => ({ name, place: `${vault?.mount} ${vault?.path}`, maxAge, issuer }))).toEqual([
      { name: 'openai', place: 'kv agents/openai', maxAge: 30 * 86_400_000, issuer: undefined },
      { name: '123', place: 'team/kv odd "${env:HOME}": path #1', maxAge: 90 * 86_400_000, issuer: undefined },
      { name: 'true', place: 'kv 42', maxAge: 5_400_000, issuer: undefined },
    ]);
    expect(secrets[0]?.consumers).toMatchObject([
      { type: 'kubernetes', namespace: 'agents', secret: 'openai-key', workloads: [{ kind: 'Deployment', name: 'code-gen' }] },
      { type: 'kubernetes', namespace: 'batch', secret: 'openai', workloads: [] },
    ]);
  });

  it('says what was not seen and what is in Kubernetes alone, in comments of one line', () => {
    const lines = configFileFor(everything).split('\n');
    expect(lines).toContain('# Not seen: kubernetes prod: pods may not be listed rm -rf /');
    expect(lines).toContain('#   agents/anthropic-key: StatefulSet planner');
    expect(configFileFor(nothing)).not.toContain('Not seen');
  });

  it('proposes nothing where nothing was found', () => {
    expect(parse(configFileFor(nothing)).secrets).toEqual([]);
  });

  it('says how to reach what did not answer', () => {
    expect(configFileFor(everything)).toContain(
      '# also: http://prometheus.monitoring.svc:9090 (service monitoring/prometheus; DNS: no such host; try: kubectl -n monitoring port-forward svc/prometheus 9090:9090)',
    );
  });

  it('is still valid with every commented example switched on', () => {
    const on = configFileFor(nothing)
      .split('\n')
      .filter(
        (line) =>
          !/^# (agentops|Secrets|yaml-language|Kubernetes:|Prometheus,|Redis:|Vault or|none|Model|HTTP|US|What|Claude|found|Findings|also)/.test(
            line,
          ),
      )
      .map((line) => line.replace(/^# /, ''))
      .join('\n');
    const config = parseConfig(on, 'agentops.yaml', '/nonexistent/agentops.yaml', {
      env: { PROMETHEUS_TOKEN: 't', REDIS_PASSWORD: 'p' },
      home: '/',
    });
    expect(config).toMatchObject({
      endpoints: [{ name: 'gateway' }],
      budget: { daily: 100 },
      secrets: [{ name: 'openai-key' }],
      suppressions: [{ id: 'resources/missing-limits' }],
    });
  });
});
