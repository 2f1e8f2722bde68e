import { performance } from 'node:perf_hooks';
import type { GatherContext } from '../../packages/core/src/evidence/context.ts';
import type { Host } from '../../packages/core/src/host.ts';

/** 21 Nov 2026, 13:07:31 UTC: the instant that most tests live in. */
export const testNow = Date.parse('2026-11-21T13:07:31Z');

/** A host for tests: the wall clock stands still unless told otherwise, the monotonic one runs. */
export function testHost(overrides: Partial<Host> & { now?: number } = {}): Host {
  const { now = testNow, ...rest } = overrides;
  return {
    clock: { now: () => now, monotonic: () => performance.now(), timeZone: 'UTC' },
    env: {},
    home: '/nonexistent',
    cwd: '/nonexistent',
    log: { debug: () => undefined, warn: () => undefined },
    progress: { update: () => undefined },
    random: () => 0.5,
    confirm: async () => false,
    ...rest,
  };
}

/** A gather context whose deadline is `ms` from now. */
export function testGatherContext(ms = 5000, host: Host = testHost()): GatherContext {
  return { host, signal: AbortSignal.timeout(ms), deadline: host.clock.monotonic() + ms };
}
