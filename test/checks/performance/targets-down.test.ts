import { expect, it } from 'vitest';
import { targetsDown } from '../../../packages/core/src/checks/performance/targets-down.ts';
import type { ScrapeTarget } from '../../../packages/core/src/model/prometheus.ts';
import { context } from './evidence.ts';

const run = (targets: ScrapeTarget[], ignoreJobs: string[] = []) =>
  targetsDown.evaluate({ 'prometheus.targets': targets }, { ignoreJobs }, context);
const target = (job: string, instance: string, up: boolean, error?: string): ScrapeTarget => ({
  job,
  instance,
  up,
  ...(error ? { error } : {}),
});

it('passes where all are up', () => {
  expect(run([target('a', 'a:1', true), target('b', 'b:1', true)])).toEqual({ findings: [], examined: { count: 2, noun: 'target' } });
});

it('is one finding a job: critical where nothing of it is seen, worst first', () => {
  const { findings } = run([
    target('part', 'p:1', false, 'connection refused'),
    target('part', 'p:2', false),
    target('part', 'p:3', true),
    target('gone', 'g:1', false),
    target('lost', 'l:1', false),
    target('lost', 'l:2', false),
  ]);
  expect(findings.map(({ severity, resource, seen, detail }) => [severity, resource.name, seen, detail])).toEqual([
    ['critical', 'lost', 'all 2 targets down', 'l:1; l:2'],
    ['critical', 'gone', 'its only target is down', 'g:1'],
    ['warning', 'part', '2 of 3 targets down', 'p:1: connection refused; p:2'],
  ]);
  expect(findings[2]).toMatchObject({ measured: { value: 2, unit: 'count' }, threshold: { value: 0, unit: 'count' } });
});

it('leaves out jobs that may be down', () => {
  expect(run([target('batch', 'b:1', false), target('a', 'a:1', true)], ['batch'])).toEqual({
    findings: [],
    examined: { count: 1, noun: 'target' },
  });
});
