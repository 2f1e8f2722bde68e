import { isAbsolute, join } from 'node:path';
import type { Config } from '../../config/schema.ts';
import type { Host } from '../../host.ts';
import type { CostSession } from '../session.ts';
import { type IngestReport, ingest } from './ingest.ts';
import { type FileSource, standardSources } from './sources.ts';

export type { IngestReport } from './ingest.ts';

/** Reads what is new of everything that the configuration names, and of the coding agents of this user. */
export async function readUsage(
  config: Config,
  session: CostSession,
  host: Host,
  options: { readonly workerUrl: URL | undefined },
): Promise<IngestReport> {
  const configured = config.cost.sources.map(
    ({ path, format, name }): FileSource => ({
      type: 'files',
      name: name ?? path,
      patterns: [absolute(path, host)],
      ...(format ? { format } : {}),
    }),
  );
  const sources = [...(config.cost.codingAgents ? standardSources(host) : []), ...configured];
  return ingest(sources, session.ledger, { host, ...(options.workerUrl ? { workerUrl: options.workerUrl } : {}) });
}

function absolute(path: string, { home, cwd }: Host): string {
  const expanded = path.startsWith('~/') ? join(home, path.slice(2)) : path;
  return isAbsolute(expanded) ? expanded : join(cwd, expanded);
}
