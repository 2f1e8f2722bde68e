import { describe, expect, test } from 'vitest';
import { podStatusWord } from '../../../packages/core/src/checks/resources/pod-status.ts';
import type { Pod } from '../../../packages/core/src/model/kubernetes.ts';
import { ago, condition, container, ended, minutes, pod, running, waiting } from './objects.ts';

const init = (name: string, more = {}) => container({ name, role: 'init', ...more });
const sidecar = (name: string, more = {}) => container({ name, role: 'sidecar', ...more });
const initializing = waiting('PodInitializing');

describe('status words match kubectl get pods', () => {
  const cases: [string, string, Partial<Pod>][] = [
    ['a running pod', 'Running', {}],
    ['no status yet', 'Pending', { phase: 'Pending', containers: [{ ...container(), status: undefined } as never] }],
    ['its reason comes before its phase', 'Evicted', { phase: 'Failed', reason: 'Evicted', containers: [] }],
    [
      'scheduling gates',
      'SchedulingGated',
      { phase: 'Pending', containers: [], conditions: [condition('PodScheduled', 'False', { reason: 'SchedulingGated' })] },
    ],
    [
      'unschedulable is only Pending',
      'Pending',
      { phase: 'Pending', containers: [], conditions: [condition('PodScheduled', 'False', { reason: 'Unschedulable' })] },
    ],
    ['creating', 'ContainerCreating', { phase: 'Pending', containers: [container({ status: waiting('ContainerCreating') })] }],
    [
      'first init container at work',
      'Init:0/2',
      { phase: 'Pending', containers: [init('a'), init('b', { status: initializing }), container({ status: initializing })] },
    ],
    [
      'one of two done',
      'Init:1/2',
      {
        phase: 'Pending',
        containers: [
          init('a', { status: { ready: true, restarts: 0, terminated: ended('Completed', 0) } }),
          init('b', { status: initializing }),
          container({ status: initializing }),
        ],
      },
    ],
    [
      'an init container that crashes',
      'Init:CrashLoopBackOff',
      {
        phase: 'Pending',
        containers: [init('a', { status: waiting('CrashLoopBackOff', { restarts: 3 }) }), container({ status: initializing })],
      },
    ],
    [
      'an init container that failed',
      'Init:Error',
      { phase: 'Pending', containers: [init('a', { status: { ready: false, restarts: 0, terminated: ended('Error', 1) } })] },
    ],
    [
      '…without a reason',
      'Init:ExitCode:3',
      { phase: 'Pending', containers: [init('a', { status: { ready: false, restarts: 0, terminated: ended('', 3) } })] },
    ],
    [
      '…by a signal',
      'Init:Signal:9',
      { phase: 'Pending', containers: [init('a', { status: { ready: false, restarts: 0, terminated: ended('', 137, { signal: 9 }) } })] },
    ],
    [
      'all init containers done',
      'PodInitializing',
      {
        phase: 'Pending',
        containers: [
          init('a', { status: { ready: true, restarts: 0, terminated: ended('Completed', 0) } }),
          container({ status: initializing }),
        ],
      },
    ],
    ['a sidecar that runs is no obstacle', 'Running', { containers: [sidecar('proxy'), container()] }],
    [
      'a sidecar before its startup probe has passed is one',
      'Init:0/1',
      {
        phase: 'Pending',
        containers: [
          sidecar('proxy', { probes: { liveness: false, readiness: false, startup: true }, status: running({ ready: false }) }),
          container({ status: initializing }),
        ],
      },
    ],
    [
      'the kubelet’s word on started wins',
      'PodInitializing',
      {
        phase: 'Pending',
        containers: [
          sidecar('proxy', {
            probes: { liveness: false, readiness: true, startup: true },
            status: running({ ready: false, started: true }),
          }),
          container({ status: initializing }),
        ],
      },
    ],
    [
      'a sidecar that crashes in an initialized pod does not hide the main container',
      'ImagePullBackOff',
      {
        phase: 'Running',
        conditions: [condition('Initialized', 'True')],
        containers: [sidecar('proxy', { status: waiting('CrashLoopBackOff') }), container({ status: waiting('ImagePullBackOff') })],
      },
    ],
    ['crash loop', 'CrashLoopBackOff', { containers: [container({ status: waiting('CrashLoopBackOff') })] }],
    [
      'out of memory just now',
      'OOMKilled',
      { containers: [container({ status: { ready: false, restarts: 1, terminated: ended('OOMKilled', 137) } })] },
    ],
    [
      'an exit code without a reason',
      'ExitCode:2',
      { containers: [container({ status: { ready: false, restarts: 0, terminated: ended('', 2) } })] },
    ],
    [
      'a signal without a reason',
      'Signal:11',
      { containers: [container({ status: { ready: false, restarts: 0, terminated: ended('', 139, { signal: 11 }) } })] },
    ],
    [
      'done',
      'Completed',
      { phase: 'Succeeded', containers: [container({ status: { ready: false, restarts: 0, terminated: ended('Completed', 0) } })] },
    ],
    [
      'the container that sorts first by name speaks',
      'CrashLoopBackOff',
      {
        containers: [
          container({ name: 'b', status: waiting('ImagePullBackOff') }),
          container({ name: 'a', status: waiting('CrashLoopBackOff') }),
        ],
      },
    ],
    [
      'one completed, one still running and ready',
      'Running',
      {
        containers: [
          container({ name: 'a', status: { ready: false, restarts: 0, terminated: ended('Completed', 0) } }),
          container({ name: 'b' }),
        ],
      },
    ],
    [
      'one completed, one running, the pod not ready',
      'NotReady',
      {
        conditions: [condition('Ready', 'False')],
        containers: [
          container({ name: 'a', status: { ready: false, restarts: 0, terminated: ended('Completed', 0) } }),
          container({ name: 'b' }),
        ],
      },
    ],
    [
      'one completed, one failed: the failure (new in 1.36)',
      'Error',
      {
        phase: 'Failed',
        conditions: [condition('Ready', 'False')],
        containers: [
          container({ name: 'a', status: { ready: false, restarts: 0, terminated: ended('Completed', 0) } }),
          container({ name: 'b', status: { ready: false, restarts: 0, terminated: ended('Error', 1) } }),
        ],
      },
    ],
    ['being deleted', 'Terminating', { deletedAt: ago(minutes(1)) }],
    [
      'deleted after it was done',
      'Completed',
      {
        phase: 'Succeeded',
        deletedAt: ago(minutes(1)),
        containers: [container({ status: { ready: false, restarts: 0, terminated: ended('Completed', 0) } })],
      },
    ],
    ['its node is lost', 'Unknown', { reason: 'NodeLost', deletedAt: ago(minutes(1)) }],
  ];
  test.each(cases)('%s: %s', (_what, word, more) => expect(podStatusWord(pod(more))).toBe(word));
});
