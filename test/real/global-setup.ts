import { existsSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { readState, type ServersState, serverNames } from '../../scripts/servers/state.ts';
import { startServers } from '../../scripts/servers/up.ts';

declare module 'vitest' {
  interface ProvidedContext {
    servers: Pick<ServersState, 'servers' | 'failed'>;
  }
}

/**
 * Hands the suites the servers that AGENTOPS_SERVERS_STATE names (`.ci/run`
 * brings them up beforehand), else starts them for this run and stops them
 * after it.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const file = process.env.AGENTOPS_SERVERS_STATE;
  if (file !== undefined && file !== '') {
    const state = existsSync(file) ? readState(file) : undefined;
    const failed = state?.failed ?? Object.fromEntries(serverNames.map((name) => [name, `no state file ${file}`]));
    project.provide('servers', { servers: state?.servers ?? {}, failed });
    return undefined;
  }
  const running = await startServers();
  project.provide('servers', { servers: running.servers, failed: running.failed });
  return () => running.stop();
}
