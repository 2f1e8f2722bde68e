import { expect, test } from 'vitest';
import { byWorkload, type PodTrouble } from '../../../packages/core/src/checks/resources/group.ts';
import { ago, barePod, minutes, pod } from './objects.ts';

const trouble = (more: Partial<PodTrouble>): PodTrouble => ({
  pod: pod(),
  severity: 'warning',
  rank: 0,
  seen: 'seen',
  expected: 'expected',
  next: [],
  ...more,
});

test('50 pods of one Deployment are one finding, the worst pod speaks', () => {
  const pods = Array.from({ length: 50 }, (_, index) => pod({ name: `code-gen-${String(index).padStart(2, '0')}` }));
  const findings = byWorkload(
    pods.map((each, index) => trouble({ pod: each, rank: index === 7 ? 9 : 1, since: ago(minutes(index + 1)), detail: `detail ${index}` })),
  );
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({
    resource: { kind: 'Pod', namespace: 'agents', name: 'code-gen-07', workload: { kind: 'Deployment', name: 'code-gen' } },
    alsoOn: 49,
    since: ago(minutes(50)),
    detail: 'detail 7\n50 pods: code-gen-07, code-gen-00, code-gen-01, code-gen-02, code-gen-03 and 45 more',
  });
});

test('the same workload name in another namespace is another finding', () => {
  const findings = byWorkload([trouble({}), trouble({ pod: pod({ namespace: 'other' }) })]);
  expect(findings.map(({ resource }) => resource.namespace)).toEqual(['agents', 'other']);
});

test('containers and keys are kept apart', () => {
  const findings = byWorkload([trouble({ container: 'a' }), trouble({ container: 'b' }), trouble({ container: 'a', key: 'x' })]);
  expect(findings.map(({ resource, key }) => [resource.container, key])).toEqual([
    ['a', undefined],
    ['b', undefined],
    ['a', 'x'],
  ]);
});

test('critical before warning, more pods before fewer', () => {
  const findings = byWorkload([
    trouble({ pod: barePod('single') }),
    trouble({ pod: pod({ name: 'code-gen-1' }) }),
    trouble({ pod: pod({ name: 'code-gen-2' }) }),
    trouble({ pod: barePod('worst'), severity: 'critical' }),
  ]);
  expect(findings.map(({ resource }) => resource.name)).toEqual(['worst', 'code-gen-1', 'single']);
});

test('one pod alone has no alsoOn, no list and no time it does not know', () => {
  expect(byWorkload([trouble({})])).toEqual([
    {
      severity: 'warning',
      seen: 'seen',
      expected: 'expected',
      next: [],
      resource: { kind: 'Pod', namespace: 'agents', name: 'code-gen-1', workload: { kind: 'Deployment', name: 'code-gen' } },
    },
  ]);
});
