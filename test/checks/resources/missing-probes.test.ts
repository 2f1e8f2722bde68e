import { expect, test } from 'vitest';
import { missingProbes } from '../../../packages/core/src/checks/resources/missing-probes.ts';
import type { Pod, Service } from '../../../packages/core/src/model/kubernetes.ts';
import { barePod, container, pod, run, told } from './objects.ts';

const service: Service = { namespace: 'agents', name: 'code-gen', type: 'ClusterIP', selector: { app: 'code-gen' }, ports: [] };
const evaluate = (pods: Pod[], services: Service[] = [service], settings = {}) =>
  run(missingProbes, { 'kubernetes.pods': pods, 'kubernetes.services': services }, settings);
const probes = (readiness: boolean, liveness: boolean) => ({ probes: { readiness, liveness, startup: false } });
const withProbes = (readiness: boolean, liveness: boolean) => pod({ containers: [container(probes(readiness, liveness))] });

test('no readiness probe behind a Service is a warning, once a workload', () => {
  expect(evaluate([pod({ name: 'a' }), pod({ name: 'b' })])).toEqual({
    findings: [
      {
        severity: 'warning',
        resource: { namespace: 'agents', kind: 'Deployment', name: 'code-gen' },
        seen: 'no readiness and liveness probe',
        expected: 'readiness known: a Service sends it requests',
        detail: 'main',
        next: ['kubectl --context prod -n agents get deployment/code-gen -o yaml'],
      },
    ],
    examined: { count: 1, noun: 'workload' },
  });
});

test.each<[string, Pod, Service[], string[]]>([
  ['both', withProbes(true, true), [service], []],
  ['no liveness is only mentioned', withProbes(true, false), [service], ['info Deployment agents/code-gen: no liveness probe']],
  ['no readiness', withProbes(false, true), [service], ['warning Deployment agents/code-gen: no readiness probe']],
  ['no readiness where no Service sends requests', withProbes(false, true), [], ['info Deployment agents/code-gen: no readiness probe']],
  [
    'a Service of another namespace',
    withProbes(false, true),
    [{ ...service, namespace: 'other' }],
    ['info Deployment agents/code-gen: no readiness probe'],
  ],
  [
    'one container with probes speaks for the pod',
    pod({ containers: [container(probes(true, true)), container({ name: 'proxy' })] }),
    [service],
    [],
  ],
  ['Jobs run to their end', pod({ owner: { kind: 'Job', name: 'embed' }, workload: { kind: 'Job', name: 'embed' } }), [service], []],
  ['so do CronJobs', pod({ owner: { kind: 'Job', name: 'index-1' }, workload: { kind: 'CronJob', name: 'index' } }), [service], []],
  ['bare pods', barePod('debug'), [service], []],
])('%s', (_what, one, services, expected) => expect(told(evaluate([one], services))).toEqual(expected));

test('where Services are forbidden, readiness is asked for', () => {
  expect(told(run(missingProbes, { 'kubernetes.pods': [withProbes(false, true)] }))).toEqual([
    'warning Deployment agents/code-gen: no readiness probe',
  ]);
});

test('liveness can be left out', () => expect(evaluate([withProbes(true, false)], [service], { liveness: false }).findings).toEqual([]));
