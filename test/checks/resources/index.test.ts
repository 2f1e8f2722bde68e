import { expect, test } from 'vitest';
import type { z } from 'zod';
import { checks as agents } from '../../../packages/core/src/checks/agents/index.ts';
import { checks as resources } from '../../../packages/core/src/checks/resources/index.ts';

const all = [...resources, ...agents];

test('every check is there once', () => {
  expect(resources.map((check) => check.meta.id).sort()).toEqual([
    'resources/autoscaler-limited',
    'resources/container-config',
    'resources/cpu-usage',
    'resources/crash-loop',
    'resources/evicted',
    'resources/failed-jobs',
    'resources/image-pull',
    'resources/memory-usage',
    'resources/missing-limits',
    'resources/missing-probes',
    'resources/missing-requests',
    'resources/node-conditions',
    'resources/node-cpu',
    'resources/node-memory',
    'resources/oom-killed',
    'resources/pending',
    'resources/quota',
    'resources/replicas-short',
    'resources/restarts',
    'resources/runs-as-root',
    'resources/service-without-endpoints',
    'resources/stuck-terminating',
    'resources/writable-root',
  ]);
  expect(agents.map((check) => check.meta.id)).toEqual([
    'agents/registry',
    'agents/heartbeat',
    'agents/endpoints',
    'agents/capacity',
    'agents/balance',
  ]);
});

test.each(all.map((check) => [check.meta.id, check] as const))(
  '%s: every setting has a default and says what it is, others are refused',
  (_id, check) => {
    const settings = check.settings as z.ZodObject;
    expect(settings.safeParse({}).success).toBe(true);
    expect(settings.safeParse({ no_such_setting: 1 }).success).toBe(false);
    for (const field of Object.values(settings.shape)) expect((field as z.ZodType).description).toMatch(/\S{3}/);
  },
);

test.each(all.map((check) => [check.meta.id, check.meta] as const))('%s: says why and what to do', (id, meta) => {
  expect(id).toBe(`${meta.category}/${id.split('/')[1]}`);
  expect(meta.remedy.length).toBeGreaterThan(0);
  for (const line of meta.remedy) expect(line).toMatch(/[.!?]$/);
  expect(meta.why).toMatch(/^[A-Z].*[.!?]$/s);
});
