import { expect, test } from 'vitest';
import { nodeMemory } from '../../../packages/core/src/checks/resources/node-memory.ts';
import { MiB, node, run } from './objects.ts';

test.each([
  [6963, []],
  [7000, [['warning', 'memory 85.4 % of allocatable', '6.84 GiB of 8 GiB']]],
  [8000, [['critical', 'memory 97.7 % of allocatable', '7.81 GiB of 8 GiB']]],
])('%s MiB of 8 GiB allocatable', (used, expected) => {
  const outcome = run(nodeMemory, {
    'kubernetes.nodes': [node()],
    'kubernetes.nodeusage': [{ name: 'node-a', cpu: 0, memory: used * MiB }],
  });
  expect(outcome.findings.map((found) => [found.severity, found.seen, found.detail])).toEqual(expected);
});
