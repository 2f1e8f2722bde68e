import { expect, test } from 'vitest';
import { podSummary, pods } from '../../../../packages/lab/src/kubernetes/printers/pod.ts';

const now = Date.parse('2026-11-21T13:00:00Z');
const ready = { type: 'Ready', status: 'True' };

const container = (state: object, more: object = {}) => ({ name: 'c', ready: 'running' in state, restartCount: 0, state, ...more });
const running = container({ running: {} });

const pod = (status: object, spec: object = {}, metadata: object = {}) => ({
  metadata: { name: 'p', ...metadata },
  spec: { containers: [{ name: 'c' }], ...spec },
  status,
});

test.each<[string, object, [string, string, string]]>([
  ['running', pod({ phase: 'Running', conditions: [ready], containerStatuses: [running] }), ['1/1', 'Running', '0']],
  ['no status yet', pod({ phase: 'Pending' }), ['0/1', 'Pending', '0']],
  ['a reason of the pod', pod({ phase: 'Failed', reason: 'Evicted' }), ['0/1', 'Evicted', '0']],
  [
    'waiting',
    pod({ phase: 'Running', containerStatuses: [container({ waiting: { reason: 'CrashLoopBackOff' } }, { restartCount: 7 })] }),
    ['0/1', 'CrashLoopBackOff', '7'],
  ],
  [
    'restarts with the time of the last',
    pod({
      phase: 'Running',
      conditions: [ready],
      containerStatuses: [
        { ...running, restartCount: 3, lastState: { terminated: { reason: 'OOMKilled', finishedAt: '2026-11-21T12:55:00Z' } } },
      ],
    }),
    ['1/1', 'Running', '3 (5m ago)'],
  ],
  [
    'terminated with a reason',
    pod({ phase: 'Failed', containerStatuses: [container({ terminated: { reason: 'OOMKilled', exitCode: 137 } })] }),
    ['0/1', 'OOMKilled', '0'],
  ],
  [
    'terminated with an exit code',
    pod({ phase: 'Failed', containerStatuses: [container({ terminated: { exitCode: 3 } })] }),
    ['0/1', 'ExitCode:3', '0'],
  ],
  [
    'terminated by a signal',
    pod({ phase: 'Failed', containerStatuses: [container({ terminated: { exitCode: 1, signal: 9 } })] }),
    ['0/1', 'Signal:9', '0'],
  ],
  [
    'completed',
    pod({ phase: 'Succeeded', containerStatuses: [container({ terminated: { reason: 'Completed', exitCode: 0 } })] }),
    ['0/1', 'Completed', '0'],
  ],
  [
    'one completed, one running and the pod ready',
    pod(
      {
        phase: 'Running',
        conditions: [ready],
        containerStatuses: [container({ terminated: { reason: 'Completed', exitCode: 0 } }), running],
      },
      { containers: [{ name: 'a' }, { name: 'b' }] },
    ),
    ['1/2', 'Running', '0'],
  ],
  [
    'one completed, one running and the pod not ready',
    pod(
      { phase: 'Running', containerStatuses: [container({ terminated: { reason: 'Completed', exitCode: 0 } }), running] },
      { containers: [{ name: 'a' }, { name: 'b' }] },
    ),
    ['1/2', 'NotReady', '0'],
  ],
  [
    'the first container has the last word',
    pod({
      phase: 'Pending',
      containerStatuses: [container({ waiting: { reason: 'ErrImagePull' } }), container({ waiting: { reason: 'ContainerCreating' } })],
    }),
    ['0/1', 'ErrImagePull', '0'],
  ],
  [
    'initialising',
    pod(
      { phase: 'Pending', initContainerStatuses: [container({ running: {} }, { name: 'i' })] },
      { initContainers: [{ name: 'i' }, { name: 'j' }] },
    ),
    ['0/1', 'Init:0/2', '0'],
  ],
  [
    'an init container that crashes',
    pod(
      { phase: 'Pending', initContainerStatuses: [container({ waiting: { reason: 'CrashLoopBackOff' } }, { name: 'i', restartCount: 4 })] },
      { initContainers: [{ name: 'i' }] },
    ),
    ['0/1', 'Init:CrashLoopBackOff', '4'],
  ],
  [
    'an init container that failed',
    pod(
      { phase: 'Failed', initContainerStatuses: [container({ terminated: { exitCode: 2 } }, { name: 'i' })] },
      { initContainers: [{ name: 'i' }] },
    ),
    ['0/1', 'Init:ExitCode:2', '0'],
  ],
  [
    'a sidecar counts as a container, its restarts as restarts',
    pod(
      {
        phase: 'Running',
        conditions: [ready, { type: 'Initialized', status: 'True' }],
        initContainerStatuses: [
          container({ terminated: { exitCode: 0 } }, { name: 'once', restartCount: 5 }),
          container({ running: {} }, { name: 'mesh', started: true, restartCount: 2 }),
        ],
        containerStatuses: [running],
      },
      { initContainers: [{ name: 'once' }, { name: 'mesh', restartPolicy: 'Always' }] },
    ),
    ['2/2', 'Running', '2'],
  ],
  [
    'terminating',
    pod({ phase: 'Running', containerStatuses: [running] }, {}, { deletionTimestamp: '2026-11-21T12:59:00Z' }),
    ['1/1', 'Terminating', '0'],
  ],
  [
    'a node that is lost',
    pod({ phase: 'Running', reason: 'NodeLost' }, {}, { deletionTimestamp: '2026-11-21T12:59:00Z' }),
    ['0/1', 'Unknown', '0'],
  ],
  ['finished and being deleted', pod({ phase: 'Succeeded' }, {}, { deletionTimestamp: '2026-11-21T12:59:00Z' }), ['0/1', 'Succeeded', '0']],
  [
    'gated',
    pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }),
    ['0/1', 'SchedulingGated', '0'],
  ],
])('%s', (_, object, expected) => {
  const { ready: readyColumn, status, restarts } = podSummary(object as Record<string, unknown>, now);
  expect([readyColumn, status, restarts]).toEqual(expected);
});

test('the wide columns', () => {
  const object = pod(
    { phase: 'Running', podIPs: [{ ip: '10.244.0.7' }], conditions: [{ type: 'x/gate', status: 'True' }] },
    { nodeName: 'n1', readinessGates: [{ conditionType: 'x/gate' }, { conditionType: 'x/other' }] },
    { creationTimestamp: '2026-11-21T10:00:00Z' },
  );
  expect(pods.row(object, now).slice(4)).toEqual(['3h', '10.244.0.7', 'n1', '<none>', '1/2']);
});
