import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LabPrometheus, startPrometheus } from '../../packages/lab/src/prometheus/server.ts';
import golden from '../fixtures/promql.json' with { type: 'json' };
import type { Answer } from '../lab/prometheus/answers.ts';
import { cases, compareCase } from '../lab/prometheus/cases.ts';
import { dataset } from '../lab/prometheus/dataset.ts';
import { remoteWrite } from '../lab/prometheus/remote-write.ts';
import { request, requests } from '../lab/prometheus/requests.ts';

/**
 * The lab's PromQL against a real Prometheus: the same series, the same questions. Where they differ, the lab is wrong.
 * AGENTOPS_PROMETHEUS_BIN names the binary (default: `prometheus` on PATH); AGENTOPS_RECORD=1 writes the answers to
 * test/fixtures/promql.json, which the hermetic suite checks the lab against.
 */
const binary = process.env.AGENTOPS_PROMETHEUS_BIN ?? 'prometheus';
const found = spawnSync(binary, ['--version'], { encoding: 'utf8' });
const version = /version (\S+)/.exec(`${found.stdout}${found.stderr}`)?.[1];

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function startReal(folder: string): Promise<{ url: string; child: ChildProcess }> {
  const port = await freePort();
  const config = join(folder, 'prometheus.yml');
  writeFileSync(config, 'global: {}\n');
  const flags = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--storage.tsdb.retention.time=100y',
    '--web.enable-remote-write-receiver',
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ];
  const child = spawn(binary, flags, { stdio: ['ignore', 'ignore', 'inherit'] });
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 200; attempt++) {
    const ready = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (ready?.ok) return { url, child };
    await sleep(50);
  }
  child.kill();
  throw new Error(`${binary} did not become ready`);
}

describe.skipIf(version === undefined)('the lab answers as Prometheus does', () => {
  const folder = mkdtempSync(join(tmpdir(), 'agentops-promql-'));
  const recorded: Record<string, Answer> = {};
  let real: { url: string; child: ChildProcess };
  let lab: LabPrometheus;

  beforeAll(async () => {
    real = await startReal(folder);
    await remoteWrite(real.url, dataset);
    lab = await startPrometheus({ series: dataset });
  });

  afterAll(async () => {
    await lab?.close();
    if (real?.child.exitCode === null) {
      real.child.kill();
      await once(real.child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
    if (process.env.AGENTOPS_RECORD !== undefined) {
      const lines = Object.entries(recorded).map(([name, answer]) => `${JSON.stringify(name)}: ${JSON.stringify(answer)}`);
      writeFileSync(join(import.meta.dirname, '../fixtures/promql.json'), `{\n${lines.join(',\n')}\n}\n`);
    }
  });

  test.each(cases)('$name', async (one) => {
    const expected = await one.ask(real.url);
    recorded[one.name] = expected;
    expect(compareCase(one, expected, await one.ask(lab.url))).toBe(undefined);
    // The recorded answers are still those of this Prometheus (the recording is of 2.42).
    if (process.env.AGENTOPS_RECORD === undefined && version?.startsWith('2.42.')) {
      const answer = (golden as unknown as Record<string, Answer>)[one.name];
      expect(answer && compareCase(one, answer, expected)).toBe(undefined);
      expect(answer).toBeDefined();
    }
  });

  test.each(requests)('%s', async (path) => {
    expect(await request(lab.url, path)).toEqual(await request(real.url, path));
  });
});
