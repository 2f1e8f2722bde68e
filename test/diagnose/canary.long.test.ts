import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../packages/core/src/config/load.ts';
import { diagnose } from '../../packages/core/src/diagnose/run.ts';
import type { Host } from '../../packages/core/src/host.ts';
import type { Report } from '../../packages/core/src/model/report.ts';
import { renderReport, reportFormats } from '../../packages/core/src/render/render.ts';
import { canary, canaryEnvironment, leaksIn, writeCanaryConfig } from '../support/canary.ts';
import { type CanaryServers, startEcho, startFaulty, startWell } from '../support/canary-servers.ts';
import { faults } from '../support/fault-server.ts';
import { testHost, testNow } from '../support/host.ts';

const root = mkdtempSync(join(tmpdir(), 'agentops-canary-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Everything that leaves core: the report in every form, and what goes to log and progress. */
async function everythingSaid(
  servers: CanaryServers,
  folder: string,
  timeout = '2s',
): Promise<{ report: Report; texts: Map<string, string> }> {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const host: Host = testHost({
    env: { ...canaryEnvironment(servers.at.gateway), PATH: process.env.PATH },
    cwd: folder,
    log: { debug: write, warn: write },
    progress: { update: write },
  });
  const { config } = loadConfig(host, writeCanaryConfig(folder, servers.at, timeout));
  const report = await diagnose(config, host, { version: '1.2.3' });
  const texts = new Map([['log', lines.join('\n')]]);
  for (const format of reportFormats) {
    for (const verbose of [false, true]) {
      texts.set(
        `${format}${verbose ? ' --verbose' : ''}`,
        await renderReport(report, format, { width: 160, color: false, verbose, quiet: false }),
      );
    }
  }
  return { report, texts };
}

const starts: readonly [string, () => Promise<CanaryServers>][] = [
  ['healthy', () => startWell(testNow)],
  ...faults.map((fault) => [fault, () => startFaulty(fault)] as [string, () => Promise<CanaryServers>]),
  ['400 that echoes the request', () => startEcho('400 Bad Request')],
  ['200 that echoes the request', () => startEcho('200 OK')],
  ['307 that echoes the request', () => startEcho('307 Temporary Redirect')],
  ['500 that echoes the request', () => startEcho('500 Internal Server Error')],
];

it('the search finds a secret as it is, in part, and encoded', () => {
  expect(leaksIn(`x ${canary.kubeToken}.`)).toEqual([canary.kubeToken]);
  expect(leaksIn('Cnry-ku')).toEqual(['Cnry-ku']);
  expect(leaksIn(`Basic ${Buffer.from(`user:${canary.kubePassword}`).toString('base64')}`)).toHaveLength(1);
  expect(leaksIn('nothing of the kind')).toEqual([]);
});

it('the secrets are really sent: the servers that echo have seen them', async () => {
  const servers = await startEcho('400 Bad Request');
  try {
    // Each answers at once; a busy machine may need its time to ask.
    await everythingSaid(servers, mkdtempSync(join(root, 'run-')), '15s');
    const basic = (password: string): string => `Basic ${Buffer.from(`user:${password}`).toString('base64')}`;
    const sent = servers.received();
    for (const part of [
      `Bearer ${canary.kubeToken}`,
      basic(canary.kubePassword),
      `Bearer ${canary.promBearer}`,
      canary.promHeader,
      `token=${canary.promQuery}`,
      canary.vaultRoleId,
      canary.vaultSecretId,
      canary.redisUrlPassword,
      canary.redisPassword,
      canary.sentinelPassword,
      basic(canary.endpointPassword),
      `token=${canary.endpointQuery}`,
      basic(canary.providerPassword),
      `key=${canary.providerQuery}`,
      basic(canary.envProxyPassword),
    ])
      expect(sent).toContain(part);
  } finally {
    await servers.close();
  }
});

it('the secrets are taken: the healthy platform lets them in', async () => {
  const servers = await startWell(testNow);
  try {
    const { report } = await everythingSaid(servers, mkdtempSync(join(root, 'run-')), '15s');
    const results = report.categories.flatMap(({ checks }) => checks);
    const status = (id: string, context?: string): unknown => results.find((each) => each.id === id && each.context === context)?.status;
    expect(status('secret-age/vault')).toBe('pass');
    expect(status('agents/heartbeat')).toBe('pass');
    expect(['token', 'exec', 'url'].map((context) => status('resources/crash-loop', context))).toEqual(['pass', 'pass', 'pass']);
    // Each of the others has its fault.
    expect(report.contexts.filter((context) => status('resources/crash-loop', context) === 'unknown')).toEqual([
      'exec-fails',
      'exec-talks',
      'key',
      'bad-key',
      'basic',
      'proxy',
    ]);
  } finally {
    await servers.close();
  }
});

describe('no secret comes out again', () => {
  it.concurrent.each(starts)('servers: %s', async (_name, start) => {
    const servers = await start();
    try {
      const { report, texts } = await everythingSaid(servers, mkdtempSync(join(root, 'run-')));
      // It is about something: all nine contexts and every kind of server were asked.
      expect(report.contexts).toHaveLength(9);
      expect(report.notSeen.length).toBeGreaterThan(3);
      const found = [...texts].map(([where, text]) => [where, leaksIn(text)]).filter(([, leaks]) => leaks?.length);
      expect(found).toEqual([]);
    } finally {
      await servers.close();
    }
  });
});
