import { isAbsolute, join } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { AgentOpsError } from '../../errors.ts';
import type { Host } from '../../host.ts';
import type { Unavailable } from '../../model/evidence.ts';
import type { PrometheusReading } from '../prometheus/ingest.ts';
import type { CostSession } from '../session.ts';
import { type IngestReport, ingest } from './ingest.ts';
import { type FileSource, type IngestSource, standardSources } from './sources.ts';

/** What a reading came to, and what could not be read at all. */
export interface UsageReading extends IngestReport {
  readonly unseen: readonly Unavailable[];
}

export interface UsageOptions {
  readonly workerUrl: URL | undefined;
  /** Read these instead of what the configuration names: files, folders, globs, a stream. */
  readonly sources?: readonly IngestSource[];
}

/** Reads what is new of everything that the configuration names, and of the coding agents of this user. */
export async function readUsage(config: Config, session: CostSession, host: Host, options: UsageOptions): Promise<UsageReading> {
  const { codingAgents, sources, litellm } = config.cost;
  const configured = sources.map(({ path, format, name }) => fileSource(path, host, format, name));
  const wanted = options.sources ?? [...(codingAgents ? standardSources(host) : []), ...configured];
  const report = await ingest(wanted, session.ledger, { host, ...(options.workerUrl ? { workerUrl: options.workerUrl } : {}) });
  if (options.sources !== undefined) return { ...report, unseen: [] };
  const unseen = litellm === undefined ? [] : await readLiteLlm(litellm, session, host);
  if (config.cost.prometheus === false) return { ...report, unseen };
  const counters = await readCounters(config, session, host);
  const rejectedBy = { ...report.rejectedBy };
  for (const { reason } of counters.rejects) rejectedBy[reason] = (rejectedBy[reason] ?? 0) + 1;
  return {
    ...report,
    sources: [...report.sources, counters.counts],
    rejectedBy,
    rejects: [...report.rejects, ...counters.rejects],
    unseen: [...unseen, ...counters.unseen],
  };
}

/** A file, folder or glob as a source; relative to the working directory. */
export function fileSource(
  path: string,
  { home, cwd }: Pick<Host, 'home' | 'cwd'>,
  format?: FileSource['format'],
  name = path,
): FileSource {
  const expanded = path.startsWith('~/') ? join(home, path.slice(2)) : path;
  return { type: 'files', name, patterns: [isAbsolute(expanded) ? expanded : join(cwd, expanded)], ...(format ? { format } : {}) };
}

/** LiteLLM's log of single requests; its daily sums where there is no log. Never both: they count the same requests. */
async function readLiteLlm(url: string, { ledger }: CostSession, host: Host): Promise<Unavailable[]> {
  const { ingestSpendTable } = await import('../litellm/ingest.ts');
  const logs = await ingestSpendTable(ledger, url, host, { table: 'logs' });
  const reading = !logs.ok && logs.reason === 'absent' ? await ingestSpendTable(ledger, url, host, { table: 'daily' }) : logs;
  return reading.ok ? [...reading.gaps] : [reading];
}

/** Token counters of the configured Prometheus. */
async function readCounters({ prometheus, cost }: Config, { ledger }: CostSession, host: Host): Promise<PrometheusReading> {
  if (prometheus === undefined)
    throw new AgentOpsError('config-invalid', 'cost.prometheus is set, and no Prometheus is', {
      hint: 'set prometheus.url in agentops.yaml',
    });
  const [{ ingestPrometheus }, { countingRule }] = await Promise.all([import('../prometheus/ingest.ts'), import('../prometheus/rule.ts')]);
  return ingestPrometheus(ledger, prometheus, countingRule(cost), host);
}
