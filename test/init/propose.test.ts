import { describe, expect, it } from 'vitest';
import { proposeSecrets } from '../../packages/core/src/init/propose.ts';
import type { Pod, SecretMeta } from '../../packages/core/src/model/kubernetes.ts';
import { secret, vaultSecret } from '../checks/secret-age/builders.ts';

const pod = (workload: string, ...secrets: string[]): Pod => {
  const [kind = '', name = ''] = workload.split('/');
  return { namespace: 'agents', name: `${name}-1`, workload: { kind, name }, secrets } as unknown as Pod;
};
const noted = (annotations: Record<string, string>): Partial<SecretMeta> => ({ annotations });

/** `openai kv/agents/openai ← agents/openai-key (name: Deployment code-gen)` */
function shown(vault: Parameters<typeof proposeSecrets>[0], secrets: readonly SecretMeta[], pods: readonly Pod[] = []): string[] {
  const { proposed, lone } = proposeSecrets(vault, secrets, pods);
  const users = (workloads: readonly { kind: string; name: string }[]) => workloads.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  return [
    ...proposed.map(({ name, mount, path, maxAge, consumers }) =>
      [
        `${name} ${mount}/${path}`,
        ...(maxAge === undefined ? [] : [`${maxAge / 86_400_000} d`]),
        ...consumers.map((each) => `← ${each.namespace}/${each.secret} (${each.because}: ${users(each.workloads)})`),
      ].join(' '),
    ),
    ...lone.map((each) => `alone ${each.namespace}/${each.secret}: ${users(each.workloads)}`),
  ];
}

describe('what init proposes below secrets', () => {
  it.each<[string, string[], string[]]>([
    [
      'the annotation decides',
      shown([vaultSecret('a', 1), vaultSecret('openai', 1)], [secret('openai', 1, noted({ 'agentops.dev/vault-path': '/kv/a/' }))]),
      ['a kv/a ← agents/openai (annotation: )', 'openai kv/openai'],
    ],
    [
      'an annotation that names another path is not overruled by a name',
      shown([vaultSecret('agents/openai', 1)], [secret('openai-key', 1, noted({ 'agentops.dev/vault-path': 'kv/other' }))]),
      ['openai kv/agents/openai'],
    ],
    [
      'called alike, in the namespace that the path names',
      shown([vaultSecret('agents/openai', 1)], [secret('openai-key', 1)]),
      ['openai kv/agents/openai ← agents/openai-key (name: )'],
    ],
    [
      'called alike as a whole',
      shown([vaultSecret('batch/openai', 1)], [secret('batch-openai', 1)]),
      ['openai kv/batch/openai ← agents/batch-openai (name: )'],
    ],
    [
      'the last word alone is not enough in another namespace',
      shown([vaultSecret('batch/openai', 1)], [secret('openai-key', 1)]),
      ['openai kv/batch/openai'],
    ],
    [
      'two that would fit: neither is guessed',
      shown([vaultSecret('agents/openai', 1), vaultSecret('agents/old/openai', 1)], [secret('openai-key', 1)]),
      ['openai kv/agents/openai', 'agents-old-openai kv/agents/old/openai'],
    ],
    [
      'workloads by the pods that refer to it, each once; a Job takes no value up',
      shown(
        [vaultSecret('agents/openai', 1)],
        [secret('openai-key', 1)],
        [
          pod('Deployment/code-gen', 'openai-key'),
          pod('Deployment/code-gen', 'openai-key'),
          pod('Job/once', 'openai-key'),
          pod('DaemonSet/b', 'openai-key', 'x'),
          pod('Deployment/other', 'x'),
        ],
      ),
      ['openai kv/agents/openai ← agents/openai-key (name: DaemonSet b, Deployment code-gen)'],
    ],
    [
      'versions of one Secret are one consumer',
      shown(
        [vaultSecret('agents/openai', 1)],
        [
          secret('openai-key-v3', 1, noted({ 'agentops.dev/secret': 'openai-key' })),
          secret('openai-key-v4', 1, noted({ 'agentops.dev/secret': 'openai-key' })),
        ],
        [pod('Deployment/code-gen', 'openai-key-v3')],
      ),
      ['openai kv/agents/openai ← agents/openai-key (name: Deployment code-gen)'],
    ],
    [
      'the shortest limit that anybody wrote',
      shown(
        [vaultSecret('agents/openai', 1, { customMetadata: { max_age: '60d' } })],
        [secret('openai-key', 1, noted({ 'agentops.dev/max-age': '2w' }))],
      ),
      ['openai kv/agents/openai 14 d ← agents/openai-key (name: )'],
    ],
    ['a limit that cannot be read is none', shown([vaultSecret('a', 1, { customMetadata: { max_age: 'soon' } })], []), ['a kv/a']],
    [
      'in Kubernetes alone: only what somebody uses',
      shown([], [secret('k', 1), secret('unused', 1)], [pod('Deployment/code-gen', 'k')]),
      ['alone agents/k: Deployment code-gen'],
    ],
    [
      'service accounts, Helm and cert-manager are left out',
      shown(
        [],
        [secret('k', 1, { type: 'helm.sh/release.v1' }), secret('t', 1, noted({ 'cert-manager.io/certificate-name': 't' }))],
        [pod('Deployment/c', 'k', 't')],
      ),
      [],
    ],
    ['never written: nothing to watch', shown([vaultSecret('a', 1, { currentVersion: 0 })], []), []],
    ['a path that would be a pattern', shown([vaultSecret('a*', 1)], []), []],
    [
      'names are free of what names may not have, and each is one of its own',
      shown(
        [
          vaultSecret('A/Open_AI', 1),
          vaultSecret('b/open-ai', 1),
          vaultSecret('c/open-ai', 1),
          vaultSecret('c_open-ai', 1),
          vaultSecret('ключ', 1),
          vaultSecret('x'.repeat(80), 1),
        ],
        [],
      ),
      [
        'open-ai kv/A/Open_AI',
        'b-open-ai kv/b/open-ai',
        'c-open-ai kv/c/open-ai',
        'c-open-ai-2 kv/c_open-ai',
        'secret kv/ключ',
        `${'x'.repeat(48)} kv/${'x'.repeat(80)}`,
      ],
    ],
  ])('%s', (_name, seen, expected) => {
    expect(seen).toEqual(expected);
  });
});
