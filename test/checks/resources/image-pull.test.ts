import { expect, test } from 'vitest';
import { imagePull } from '../../../packages/core/src/checks/resources/image-pull.ts';
import { ago, condition, container, minutes, pod, run, told, waiting } from './objects.ts';

test('the image and the registry’s answer are named', () => {
  const status = waiting('ImagePullBackOff', {}, 'Back-off pulling image "registry.example/agent:2": not found');
  const outcome = run(imagePull, {
    'kubernetes.pods': [
      pod({
        phase: 'Pending',
        conditions: [condition('ContainersReady', 'False', { since: ago(minutes(6)) })],
        containers: [container({ image: 'registry.example/agent:2', status })],
      }),
    ],
  });
  expect(outcome.findings).toEqual([
    {
      severity: 'critical',
      resource: {
        namespace: 'agents',
        kind: 'Pod',
        name: 'code-gen-1',
        workload: { kind: 'Deployment', name: 'code-gen' },
        container: 'main',
      },
      seen: 'ImagePullBackOff: registry.example/agent:2',
      expected: 'image pulled',
      detail: 'Back-off pulling image "registry.example/agent:2": not found',
      since: ago(minutes(6)),
      next: [
        'kubectl --context prod -n agents describe pod code-gen-1',
        'kubectl --context prod -n agents get events --field-selector involvedObject.name=code-gen-1',
      ],
    },
  ]);
});

test.each([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
  'SignatureValidationFailed',
])('%s is a failure', (reason) => {
  const outcome = run(imagePull, {
    'kubernetes.pods': [pod({ containers: [container({ role: 'init', image: 'x:1', status: waiting(reason) })] })],
  });
  expect(told(outcome)).toEqual([`critical Pod agents/code-gen-1: ${reason}: x:1`]);
});

test.each(['ContainerCreating', 'PodInitializing', 'CrashLoopBackOff', 'CreateContainerConfigError'])(
  '%s is not about images',
  (reason) => {
    const outcome = run(imagePull, { 'kubernetes.pods': [pod({ containers: [container({ status: waiting(reason) })] })] });
    expect(outcome).toEqual({ findings: [], examined: { count: 1, noun: 'pod' } });
  },
);
