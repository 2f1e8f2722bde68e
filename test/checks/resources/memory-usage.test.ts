import { expect, test } from 'vitest';
import { memoryUsage } from '../../../packages/core/src/checks/resources/memory-usage.ts';
import { container, MiB, pod, run } from './objects.ts';

test.each([
  [435, []],
  [436, [['warning', 'memory 85.2 % of limit', 'over 85 %', '436 MiB of 512 MiB']]],
  [500, [['critical', 'memory 97.7 % of limit', 'over 95 %', '500 MiB of 512 MiB']]],
])('%s MiB of 512 MiB', (used, expected) => {
  const outcome = run(memoryUsage, {
    'kubernetes.pods': [pod({ containers: [container({ limits: { memory: 512 * MiB } })] })],
    'kubernetes.podusage': [{ namespace: 'agents', name: 'code-gen-1', containers: [{ name: 'main', cpu: 0, memory: used * MiB }] }],
  });
  expect(outcome.findings.map((found) => [found.severity, found.seen, found.expected, found.detail])).toEqual(expected);
});
