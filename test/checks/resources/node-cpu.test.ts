import { expect, test } from 'vitest';
import { nodeCpu } from '../../../packages/core/src/checks/resources/node-cpu.ts';
import { ago, node, run, seconds, told } from './objects.ts';

test('percentages are of allocatable', () => {
  const outcome = run(nodeCpu, { 'kubernetes.nodes': [node()], 'kubernetes.nodeusage': [{ name: 'node-a', cpu: 3.3, memory: 0 }] });
  expect(outcome.findings).toEqual([
    {
      severity: 'warning',
      resource: { kind: 'Node', name: 'node-a' },
      seen: 'CPU 82.5 % of allocatable',
      expected: 'over 80 %',
      measured: { value: 0.825, unit: 'ratio' },
      threshold: { value: 0.8, unit: 'ratio' },
      detail: '3.3 of 4',
      next: ['kubectl --context prod top node node-a', 'kubectl --context prod describe node node-a'],
    },
  ]);
});

test('a node without a sample is unknown unless it is new', () => {
  const nodes = [node(), node({ name: 'node-b', createdAt: ago(seconds(60)) })];
  const outcome = run(nodeCpu, { 'kubernetes.nodes': nodes, 'kubernetes.nodeusage': [] });
  expect(outcome.gaps?.map(({ reason, detail }) => [reason, detail])).toEqual([['absent', 'no usage of 1 node: node-a']]);
  expect(outcome.examined.count).toBe(0);
});

test('a node that says no allocatable is unknown', () => {
  const outcome = run(nodeCpu, {
    'kubernetes.nodes': [node({ allocatable: {} })],
    'kubernetes.nodeusage': [{ name: 'node-a', cpu: 3, memory: 0 }],
  });
  expect(outcome.gaps).toEqual([{ ok: false, reason: 'absent', source: 'node node-a', detail: 'says no allocatable CPU' }]);
});

test('the fullest node comes first', () => {
  const outcome = run(nodeCpu, {
    'kubernetes.nodes': [node(), node({ name: 'node-b' })],
    'kubernetes.nodeusage': [
      { name: 'node-a', cpu: 3.4, memory: 0 },
      { name: 'node-b', cpu: 3.9, memory: 0 },
    ],
  });
  expect(told(outcome)).toEqual(['warning Node node-b: CPU 97.5 % of allocatable', 'warning Node node-a: CPU 85 % of allocatable']);
});
