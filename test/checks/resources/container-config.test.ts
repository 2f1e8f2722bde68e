import { expect, test } from 'vitest';
import { containerConfig } from '../../../packages/core/src/checks/resources/container-config.ts';
import { container, pod, run, waiting } from './objects.ts';

const evaluate = (reason: string, message: string) =>
  run(containerConfig, { 'kubernetes.pods': [pod({ containers: [container({ status: waiting(reason, {}, message) })] })] }).findings;

test.each([
  ['CreateContainerConfigError', 'secret "openai-key" not found', 'kubectl --context prod -n agents get secret openai-key'],
  ['CreateContainerConfigError', 'configmap "prompts" not found', 'kubectl --context prod -n agents get configmap prompts'],
  [
    'CreateContainerConfigError',
    "couldn't find key token in Secret agents/openai-key",
    'kubectl --context prod -n agents get secret openai-key',
  ],
  ['CreateContainerError', 'context deadline exceeded', undefined],
  ['RunContainerError', 'exec: "agent": executable file not found', undefined],
])('%s: %s', (reason, message, look) => {
  const findings = evaluate(reason, message);
  expect(findings.map(({ severity, seen, detail, next }) => ({ severity, seen, detail, next }))).toEqual([
    {
      severity: 'critical',
      seen: `${reason}: ${message}`,
      detail: message,
      next: ['kubectl --context prod -n agents describe pod code-gen-1', ...(look === undefined ? [] : [look])],
    },
  ]);
});

test('without a message the reason stands alone', () => expect(evaluate('CreateContainerError', '')[0]?.seen).toBe('CreateContainerError'));

test('other waiting reasons are other checks’ findings', () => expect(evaluate('ImagePullBackOff', 'x')).toEqual([]));
