import { expect, test } from 'vitest';
import { missingLimits } from '../../../packages/core/src/checks/resources/missing-limits.ts';
import { container, MiB, pod, run, told } from './objects.ts';

test.each([
  ['neither', {}, {}, ['warning Deployment agents/code-gen: no CPU and memory limits']],
  ['memory alone is enough for most: mentioned', { memory: 64 * MiB }, {}, ['info Deployment agents/code-gen: no CPU limits']],
  ['CPU alone leaves the node open', { cpu: 1 }, {}, ['warning Deployment agents/code-gen: no memory limits']],
  ['both', { cpu: 1, memory: 64 * MiB }, {}, []],
  ['CPU left out by configuration', { memory: 64 * MiB }, { info: [] }, []],
])('%s', (_what, limits, settings, expected) => {
  expect(told(run(missingLimits, { 'kubernetes.pods': [pod({ containers: [container({ limits })] })] }, settings))).toEqual(expected);
});
