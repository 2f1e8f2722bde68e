import { expect, test } from 'vitest';
import { restarts } from '../../../packages/core/src/checks/resources/restarts.ts';
import type { Pod } from '../../../packages/core/src/model/kubernetes.ts';
import { ago, container, ended, hours, minutes, pod, run, running, told, waiting } from './objects.ts';

const evaluate = (status: ReturnType<typeof running>, more: Partial<Pod> = {}, settings = {}) =>
  run(restarts, { 'kubernetes.pods': [pod({ containers: [container({ status })], ...more })] }, settings);
const exited = ended('Error', 1);

test.each<[string, number, number, string[]]>([
  ['6 restarts of a pod younger than the window', 6, hours(3), ['warning Pod agents/code-gen-1: 6 restarts in 3 h']],
  ['5 are accepted', 5, hours(3), []],
  ['more than 5 a day on average', 61, hours(240), ['warning Pod agents/code-gen-1: 61 restarts in 10 d']],
  ['how many of them are recent is not recorded', 12, hours(240), ['info Pod agents/code-gen-1: 12 restarts in 10 d']],
])('%s', (_what, count, age, expected) =>
  expect(told(evaluate(running({ restarts: count, lastTerminated: exited }), { createdAt: ago(age) }))).toEqual(expected),
);

test('an average says that it is one', () => {
  const outcome = evaluate(running({ restarts: 12, lastTerminated: exited }), { createdAt: ago(hours(240)) });
  expect(outcome.findings[0]?.detail).toBe(
    'last exit: Error, exit code 1, 5 min ago; how many of them fall into the window is not recorded',
  );
});

test('the last one before the window', () => {
  const old = ended('Error', 1, { finishedAt: ago(hours(25)) });
  expect(evaluate(running({ restarts: 500, lastTerminated: old }), { createdAt: ago(hours(240)) }).findings).toEqual([]);
});

test('a crash loop is said by its own check', () => {
  expect(evaluate(waiting('CrashLoopBackOff', { restarts: 50, lastTerminated: exited })).findings).toEqual([]);
});

test('maximum and window are settings, the window also in words', () => {
  const outcome = evaluate(running({ restarts: 2, lastTerminated: exited }), { createdAt: ago(minutes(20)) }, { max: 1, window: '30m' });
  expect(outcome.findings[0]).toMatchObject({
    seen: '2 restarts in 20 min',
    expected: 'at most 1 in 30 min',
    threshold: { value: 1, unit: 'count' },
  });
});
