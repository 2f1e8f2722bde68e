import { allChecks } from '@agentops/core/checks/registry';
import { loadConfig } from '@agentops/core/config/load';
import { selectChecks, wantedEvidence } from '@agentops/core/diagnose/select';
import { AgentOpsError } from '@agentops/core/errors';
import { permissionsFor } from '@agentops/core/permissions/diagnose';
import { roleManifests, type Subject } from '@agentops/core/permissions/manifests';
import type { Command } from 'commander';
import { globalsOf } from '../globals.ts';
import { writeResult } from '../output.ts';
import { terminalHost } from '../terminal-host.ts';
import { words } from './diagnose.ts';

interface RbacFlags {
  readonly only?: readonly string[];
  readonly namespace?: readonly string[];
  readonly serviceAccount?: string;
}

/** `agentops rbac`. */
export async function rbac(flags: RbacFlags, command: Command): Promise<void> {
  const globals = globalsOf(command);
  const { config } = loadConfig(terminalHost(globals), globals.config);
  const wanted = wantedEvidence(selectChecks(allChecks, words(flags.only), config));
  wanted.add('kubernetes.cluster');
  const namespaces = words(flags.namespace);
  const permissions = permissionsFor(wanted, namespaces);
  await writeResult(roleManifests(permissions, { name: 'agentops-diagnose', ...subjectOf(flags.serviceAccount) }));
}

function subjectOf(text: string | undefined): { subject?: Subject } {
  if (text === undefined) return {};
  const [namespace, name, ...rest] = text.split('/');
  if (!namespace || !name || rest.length > 0) {
    throw new AgentOpsError('usage', `--service-account: "${text}" is not namespace/name`, { hint: 'such as agentops/agentops' });
  }
  return { subject: { kind: 'ServiceAccount', namespace, name } };
}
