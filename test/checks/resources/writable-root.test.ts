import { expect, test } from 'vitest';
import { writableRoot } from '../../../packages/core/src/checks/resources/writable-root.ts';
import { container, pod, run, told } from './objects.ts';

const of = (name: string, readOnlyRootFilesystem?: boolean) =>
  pod({
    name: `${name}-1`,
    workload: { kind: 'Deployment', name },
    containers: [container(readOnlyRootFilesystem === undefined ? {} : { readOnlyRootFilesystem })],
  });

test.each([
  ['unset is writable', undefined, ['warning Deployment agents/c: writable root file system']],
  ['false', false, ['warning Deployment agents/c: writable root file system']],
  ['true', true, []],
])('%s', (_what, value, expected) => {
  expect(told(run(writableRoot, { 'kubernetes.pods': [of('a', true), of('b', true), of('c', value)] }))).toEqual(expected);
});

test('how many others make a norm is a setting', () => {
  const pods = [of('a', true), of('b', true), of('c')];
  expect(run(writableRoot, { 'kubernetes.pods': pods }, { others: 3 })).toEqual({
    findings: [],
    examined: { count: 3, noun: 'workload' },
    note: 'agents: 2 of 3 workloads keep it read-only, so it is not the norm there',
  });
});
