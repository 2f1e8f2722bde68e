import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyMs, historyText, stepMs } from './history.ts';
import { freePort, type Run, run, startProcess, waitUntil } from './process.ts';

export interface PrometheusServer {
  readonly url: string;
  /** Begin of the history, ms since the epoch. */
  readonly historyStart: number;
  /** The exporter that continues the history. */
  readonly exporterUrl: string;
  /** A scrape target that is down: nobody listens there. */
  readonly deadTarget: string;
}

/** Labels of every series, in the history as in the live scrape. */
export const targetLabels = { job: 'agents', instance: 'fleet' };

/** Debian's Prometheus with two hours of history (see history.ts) that a live scrape continues. */
export async function startPrometheus(run_: Run): Promise<PrometheusServer> {
  const [port, exporterPort, deadPort] = [await freePort(), await freePort(), await freePort()];
  const end = Math.floor(Date.now() / stepMs) * stepMs;
  const historyStart = end - historyMs;
  const data = join(run_.folder, 'prometheus-data');
  const history = join(run_.folder, 'history.txt');
  writeFileSync(history, historyText(historyStart, end, targetLabels));
  await run('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', history, data]);

  const config = join(run_.folder, 'prometheus.yml');
  // JSON is YAML. The fixed instance label makes the live series continue those of the history.
  const scrape = { scrape_interval: '2s', scrape_timeout: '2s', honor_labels: true };
  writeFileSync(
    config,
    JSON.stringify({
      scrape_configs: [
        {
          ...scrape,
          job_name: targetLabels.job,
          static_configs: [{ targets: [`127.0.0.1:${exporterPort}`], labels: { instance: targetLabels.instance } }],
        },
        { ...scrape, job_name: 'dead', static_configs: [{ targets: [`127.0.0.1:${deadPort}`] }] },
      ],
    }),
  );
  const exporter = await startProcess(run_, {
    name: 'exporter',
    command: process.execPath,
    args: [join(import.meta.dirname, 'exporter.ts'), String(exporterPort), String(historyStart)],
    ports: [exporterPort],
  });
  const exporterUrl = `http://127.0.0.1:${exporterPort}`;
  await waitUntil('exporter', async () => (await fetch(`${exporterUrl}/metrics`)).ok, { process: exporter });
  const record = await startProcess(run_, {
    name: 'prometheus',
    command: 'prometheus',
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=30d',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    ports: [port],
  });
  const url = `http://127.0.0.1:${port}`;
  await waitUntil('prometheus', async () => (await fetch(`${url}/-/ready`)).ok, { process: record });
  const dead = `127.0.0.1:${deadPort}`;
  // Both targets scraped once: one up, one down.
  await waitUntil(
    'prometheus scrape',
    async () => {
      const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent('count(up) == 2 and sum(up) == 1')}`);
      return ((await answer.json()) as { data: { result: unknown[] } }).data.result.length === 1;
    },
    { process: record },
  );
  return { url, historyStart, exporterUrl, deadTarget: dead };
}
