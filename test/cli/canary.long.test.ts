import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ReportFormat, reportFormats } from '../../packages/core/src/render/render.ts';
import { canaryEnvironment, leaksIn, writeCanaryConfig } from '../support/canary.ts';
import { type CanaryServers, startEcho, startFaulty, startWell } from '../support/canary-servers.ts';
import { useCli } from '../support/cli.ts';
import { faults } from '../support/fault-server.ts';

const cli = useCli();
const root = mkdtempSync(join(tmpdir(), 'agentops-canary-cli-'));
let well: CanaryServers;
beforeAll(async () => {
  well = await startWell(Date.now());
});
afterAll(async () => {
  rmSync(root, { recursive: true, force: true });
  await well.close();
});

/** A run with a secret in every place that can hold one, and everything that it printed. */
async function printed(servers: CanaryServers, format: ReportFormat, timeout: string): Promise<{ code: number | null; text: string }> {
  const folder = mkdtempSync(join(root, 'run-'));
  const config = writeCanaryConfig(folder, servers.at, timeout);
  // DEBUG=* makes libraries talk; NODE_DEBUG would be Node's own and is left out.
  const env = { ...canaryEnvironment(servers.at.gateway), DEBUG: '*' };
  const ended = await cli.run(['--verbose', 'diagnose', '--config', config, '-o', format], { cwd: folder, env });
  return { code: ended.code, text: ended.stdout + ended.stderr };
}

const faulty: readonly [string, () => Promise<CanaryServers>][] = [
  ...faults.map((fault) => [fault, () => startFaulty(fault)] as [string, () => Promise<CanaryServers>]),
  ['400 that echoes the request', () => startEcho('400 Bad Request')],
  ['307 that echoes the request', () => startEcho('307 Temporary Redirect')],
];

describe('no secret is printed', () => {
  it.concurrent.each(reportFormats)('where all is well, as %s', async (format) => {
    const { code, text } = await printed(well, format, '20s');
    // Some of the ways to log in are broken on purpose.
    expect([2, 3]).toContain(code);
    expect(leaksIn(text)).toEqual([]);
  });

  // Every fault in every format is in test/diagnose/canary.long.test.ts; here the formats take turns.
  it.concurrent.each(faulty.map(([name, start], index) => [name, reportFormats[index % reportFormats.length] ?? 'table', start] as const))(
    'where every server is broken: %s, as %s',
    async (_name, format, start) => {
      const servers = await start();
      try {
        const { code, text } = await printed(servers, format, '1s');
        expect([2, 3]).toContain(code);
        expect(leaksIn(text)).toEqual([]);
      } finally {
        await servers.close();
      }
    },
  );
});
