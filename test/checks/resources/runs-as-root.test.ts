import { expect, test } from 'vitest';
import { runsAsRoot } from '../../../packages/core/src/checks/resources/runs-as-root.ts';
import type { Pod } from '../../../packages/core/src/model/kubernetes.ts';
import { container, pod, run, told } from './objects.ts';

const of = (name: string, more = {}) => pod({ name: `${name}-1`, workload: { kind: 'Deployment', name }, containers: [container(more)] });
const strict = (name: string) => of(name, { runAsNonRoot: true });
const evaluate = (...pods: Pod[]) => run(runsAsRoot, { 'kubernetes.pods': pods });

test('an outlier among non-root workloads', () => {
  expect(evaluate(strict('a'), strict('b'), of('c', { runAsUser: 0 }))).toEqual({
    findings: [
      {
        severity: 'warning',
        resource: { namespace: 'agents', kind: 'Deployment', name: 'c' },
        seen: 'may run as root',
        expected: '2 of 2 other workloads in agents run as non-root',
        detail: 'main: runAsUser 0',
        next: ['kubectl --context prod -n agents get deployment/c -o yaml'],
      },
    ],
    examined: { count: 3, noun: 'workload' },
  });
});

test.each<[string, object, string[]]>([
  ['nothing said: the image decides', {}, ['warning Deployment agents/c: may run as root']],
  ['another user', { runAsUser: 1000 }, []],
  ['runAsNonRoot forbids root whatever the image says', { runAsNonRoot: true }, []],
  ['runAsNonRoot false with a user', { runAsNonRoot: false, runAsUser: 65532 }, []],
  ['runAsNonRoot false without a user', { runAsNonRoot: false }, ['warning Deployment agents/c: may run as root']],
])('%s', (_what, more, expected) => expect(told(evaluate(strict('a'), strict('b'), of('c', more)))).toEqual(expected));

test('where most run as root it is the norm, and said so', () => {
  const outcome = evaluate(strict('a'), strict('b'), of('c'), of('d'), of('e'), of('f'));
  expect(outcome.findings).toEqual([]);
  expect(outcome.note).toBe('agents: 2 of 6 workloads run as non-root, so it is not the norm there');
});

test('half of the others are enough', () => {
  expect(told(evaluate(strict('a'), strict('b'), of('c'), of('d'), of('e')))).toEqual([
    'warning Deployment agents/c: may run as root',
    'warning Deployment agents/d: may run as root',
    'warning Deployment agents/e: may run as root',
  ]);
});

test('one strict neighbour makes no norm', () => {
  const outcome = evaluate(strict('a'), of('c'));
  expect(outcome.findings).toEqual([]);
  expect(outcome.note).toBe('agents: 1 of 2 workloads run as non-root, so it is not the norm there');
});

test('every namespace has its own norm', () => {
  const elsewhere = ['a', 'b'].map((name) => ({ ...strict(name), namespace: 'other' }));
  expect(evaluate(...elsewhere, of('c')).findings).toEqual([]);
});
