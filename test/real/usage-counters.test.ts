import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { configSchema } from '../../packages/core/src/config/schema.ts';
import { ingestPrometheus } from '../../packages/core/src/cost/prometheus/ingest.ts';
import type { CountingRule } from '../../packages/core/src/cost/prometheus/rule.ts';
import type { UsageRecord } from '../../packages/core/src/model/usage.ts';
import { startPrometheus } from '../../packages/lab/src/prometheus/server.ts';
import type { Series } from '../../packages/lab/src/prometheus/store.ts';
import { changeMs, historyMs } from '../../scripts/servers/history.ts';
import { freePort, type ProcessRecord, run, startProcess, stopProcesses, waitUntil } from '../../scripts/servers/process.ts';
import { MemoryLedger } from '../cost/ingest/memory-ledger.ts';
import { testHost } from '../support/host.ts';
import { describeReal } from './support.ts';

const quarter = 900_000;
const all: CountingRule = { elsewhere: new Map() };

async function read(ledger: MemoryLedger, url: string, rule: CountingRule): ReturnType<typeof ingestPrometheus> {
  const { prometheus } = configSchema.parse({ prometheus: { url } });
  if (prometheus === undefined) throw new Error('no Prometheus');
  return ingestPrometheus(ledger, prometheus, rule, testHost({ now: Date.now() }));
}

/** Without the key, which names the server. */
function said(records: readonly UsageRecord[]): Omit<UsageRecord, 'key'>[] {
  return records.map(({ key: _key, ...rest }) => rest).sort((a, b) => a.at - b.at || (a.model < b.model ? -1 : 1));
}

/** Series over the last three hours, a sample each 15 s: a restart, two in one quarter hour, a gap, a session that begins. */
function awkward(now: number): Series[] {
  const start = Math.floor(now / quarter) * quarter - 12 * quarter;
  const labels = { __name__: 'claude_code_token_usage_tokens_total', job: 'claude', instance: 'a', model: 'claude-sonnet-4-5' };
  const series = (more: Record<string, string>, value: (second: number) => number | undefined): Series => {
    const samples: [number, number][] = [];
    for (let at = start; at <= now; at += 15_000) {
      const found = value((at - start) / 1000);
      if (found !== undefined) samples.push([at, found]);
    }
    return { labels: { ...labels, ...more }, samples };
  };
  return [
    series({ __name__: 'up', model: '' }, () => 1),
    series({ type: 'output', session_id: 's1' }, (second) => second % 3000),
    series({ type: 'input', session_id: 's1' }, (second) => (second * 3) % 1500),
    series({ type: 'cacheRead', session_id: 's1' }, (second) => (second > 3500 && second < 6400 ? undefined : second * 100)),
    series({ type: 'input', session_id: 's2' }, (second) => (second < 4000 ? undefined : 1_000_000 + second)),
  ];
}

describeReal(['prometheus'], 'token counters of a real Prometheus', ({ prometheus }) => {
  it('whole quarter hours of the history, to the token', async () => {
    const ledger = new MemoryLedger();
    const { unseen } = await read(ledger, prometheus.url, all);
    const steady = prometheus.historyStart + historyMs - changeMs;
    const first = Math.ceil((prometheus.historyStart + 1) / quarter) * quarter;
    const whole = ledger.sorted.filter(({ at }) => at >= first && at + quarter <= steady);
    expect(whole.length).toBeGreaterThanOrEqual(8);
    for (const record of whole) {
      const planner = record.model === 'gpt-4o';
      expect(record).toMatchObject({
        model: planner ? 'gpt-4o' : 'claude-sonnet-4',
        project: planner ? 'planner' : 'coder',
        tokens: { input: planner ? 225_000 : 360_000, output: planner ? 75_000 : 120_000, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
        requests: planner ? 1500 : 600,
        claimedPico: 60_000_000_000n,
      });
    }
    expect(unseen.map(({ detail }) => detail)).toEqual(
      expect.arrayContaining([
        'counters of ai-agent: LiteLLM’s count the same requests',
        'counters of gen-ai: LiteLLM’s count the same requests',
        'cached tokens of LiteLLM: without their counters they are priced as input',
      ]),
    );
    const before = ledger.sorted.length;
    expect((await read(ledger, prometheus.url, all)).counts.counted).toBeLessThanOrEqual(2);
    expect(ledger.sorted.length - before).toBeLessThanOrEqual(2);
  });

  const folder = mkdtempSync(join(tmpdir(), 'agentops-counters-'));
  const processes: ProcessRecord[] = [];
  const now = Math.floor(Date.now() / 15_000) * 15_000;
  let url = '';

  beforeAll(async () => {
    const text = join(folder, 'history.txt');
    const lines = awkward(now).flatMap(({ labels: { __name__ = '', ...labels }, samples }) =>
      (samples as [number, number][]).map(([at, value]) => {
        const pairs = Object.entries(labels).filter(([, label]) => label !== '');
        return [at, `${__name__}{${pairs.map(([name, label]) => `${name}="${label}"`).join(',')}} ${value} ${at / 1000}`] as const;
      }),
    );
    writeFileSync(text, `${lines.map(([, line]) => line).join('\n')}\n# EOF\n`);
    await run('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', text, join(folder, 'data')]);
    const config = join(folder, 'prometheus.yml');
    writeFileSync(config, 'global: {}\n');
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const record = await startProcess(
      { folder, processes },
      {
        name: 'prometheus',
        command: 'prometheus',
        args: [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`],
        ports: [port],
      },
    );
    await waitUntil('prometheus', async () => (await fetch(`${url}/-/ready`)).ok, { process: record });
  });

  afterAll(async () => {
    await stopProcesses(processes);
    rmSync(folder, { recursive: true, force: true });
  });

  it('restarts, gaps and new sessions: as in the lab', async () => {
    const lab = await startPrometheus({ series: awkward(now), now: () => Date.now() });
    const rule: CountingRule = { named: new Set(['claude-code']), elsewhere: new Map() };
    const [real, practice] = [new MemoryLedger(), new MemoryLedger()];
    const [fromReal, fromLab] = await Promise.all([read(real, url, rule), read(practice, lab.url, rule)]);
    await lab.close();
    expect(said(real.sorted)).toEqual(said(practice.sorted));
    expect(fromReal.rejects.map(({ detail }) => detail)).toEqual(fromLab.rejects.map(({ detail }) => detail));

    const begin = Math.floor(now / quarter) * quarter - 12 * quarter;
    const of = (session: string, quarterHour: number): UsageRecord['tokens'] | undefined =>
      real.sorted.find((record) => record.session === session && record.at === begin + quarterHour * quarter)?.tokens;
    // Output counts a second each and starts again after 3,000: at 3,000 and 6,000 s it is 0.
    expect([0, 1, 2, 3, 4, 5, 6].map((index) => of('s1', index)?.output)).toEqual([900, 900, 900, 885, 900, 900, 885]);
    // Input is back at 0 each 500 s, 15 s after 1,485 or (as 1,500 is no multiple of 45) at 30 or 15: each time what was not seen is lost.
    const seen = (from: number): number => {
      let [sum, previous] = [0, (from * 3) % 1500];
      for (let second = from + 15; second <= from + 900; second += 15) {
        const value = (second * 3) % 1500;
        sum += value < previous ? value : value - previous;
        previous = value;
      }
      return sum;
    };
    expect([1, 2, 3].map((index) => of('s1', index)?.input)).toEqual([1, 2, 3].map((index) => seen(index * 900)));
    // 48 minutes without a sample: their growth stands in the quarter hour of 6,400 s.
    expect([3, 4, 6, 7, 8].map((index) => of('s1', index)?.cacheRead)).toEqual([79_500, 0, 0, 370_500, 90_000]);
    // The session began while the server looked: all of its first sample counts.
    expect([3, 4, 5].map((index) => of('s2', index)?.input)).toEqual([undefined, 1_004_500, 900]);
  });
});
