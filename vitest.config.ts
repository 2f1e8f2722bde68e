import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Many tests wait for deadlines of servers: more of them than cores may run at once.
    maxWorkers: Math.max(3, availableParallelism()),
    projects: [
      // Hermetic: needs npm alone. What `npm test` runs.
      // Files share a worker's modules: loading them anew for each of 300 files would be a third of the time.
      {
        test: {
          name: 'hermetic',
          include: ['test/**/*.test.ts'],
          exclude: ['test/real/**', 'test/**/*.long.test.ts'],
          globalSetup: ['test/support/stage-cli.ts'],
          testTimeout: 20_000,
          isolate: false,
        },
      },
      // Hermetic as well: matrices that would take `npm test` beyond two minutes. What `.ci/run` adds first.
      {
        test: {
          name: 'long',
          include: ['test/**/*.long.test.ts'],
          globalSetup: ['test/support/stage-cli.ts'],
          testTimeout: 20_000,
          // Each holds runs to short deadlines: what is beside them must not cost them their time.
          fileParallelism: false,
        },
      },
      // Against the real servers that scripts/servers brings up. What `.ci/run` adds.
      {
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          globalSetup: ['test/support/stage-cli.ts', 'test/real/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
