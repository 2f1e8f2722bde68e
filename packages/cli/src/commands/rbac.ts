import { allChecks } from '@agentops/core/checks/registry';
import { loadConfig } from '@agentops/core/config/load';
import type { Config } from '@agentops/core/config/schema';
import { selectChecks, wantedEvidence } from '@agentops/core/diagnose/select';
import { AgentOpsError } from '@agentops/core/errors';
import { permissionsFor } from '@agentops/core/permissions/diagnose';
import { type Grant, roleManifests, type Subject } from '@agentops/core/permissions/manifests';
import { secretsGrants } from '@agentops/core/permissions/secrets';
import { vaultRules } from '@agentops/core/permissions/vault';
import { type VaultRule, vaultPolicy } from '@agentops/core/permissions/vault-policy';
import type { Command } from 'commander';
import { globalsOf } from '../globals.ts';
import { oneOf, writeResult } from '../output.ts';
import { terminalHost } from '../terminal-host.ts';
import { words } from './diagnose.ts';

const audiences = ['diagnose', 'cost', 'secrets', 'schedule', 'all'] as const;
type Audience = (typeof audiences)[number];

interface RbacFlags {
  readonly for: string;
  readonly vault?: boolean;
  readonly only?: readonly string[];
  readonly namespace?: readonly string[];
  readonly serviceAccount?: string;
}

/** `agentops rbac`: roles of Kubernetes, or with `--vault` a policy. */
export async function rbac(flags: RbacFlags, command: Command): Promise<void> {
  const globals = globalsOf(command);
  const audience = oneOf('command', flags.for, audiences);
  const diagnoses = audience === 'diagnose' || audience === 'all';
  if (!diagnoses && (words(flags.only).length > 0 || words(flags.namespace).length > 0)) {
    throw new AgentOpsError('usage', `--only and --namespace are about diagnose, not about ${audience}`);
  }
  if (flags.vault && (flags.serviceAccount !== undefined || words(flags.only).length > 0 || words(flags.namespace).length > 0)) {
    throw new AgentOpsError('usage', '--vault prints a policy, which knows neither checks, namespaces nor service accounts');
  }
  // Nothing is asked of any server here: references need not lead anywhere.
  const { config } = loadConfig(terminalHost(globals), globals.config, { needs: 'nothing' });
  await writeResult(flags.vault ? policy(audience, config) : manifests(audience, config, flags));
}

/** What a command needs nothing for, and why. */
const nothing: Readonly<Partial<Record<Audience, string>>> = {
  cost: 'cost needs no permission: it reads files, the ledger and Prometheus.',
  schedule: 'schedule needs no permission: it prints what others apply. What its jobs need is in there, and in --for diagnose and secrets.',
};

function manifests(audience: Audience, config: Config, flags: RbacFlags): string {
  const subject = subjectOf(flags.serviceAccount);
  const none = nothing[audience];
  if (none !== undefined) return `# ${none}`;
  const parts: string[] = [];
  if (audience === 'diagnose' || audience === 'all') {
    const wanted = wantedEvidence(selectChecks(allChecks, words(flags.only), config)).add('kubernetes.cluster');
    const namespaces = words(flags.namespace);
    const where = namespaces.length > 0 ? namespaces : config.kubernetes.namespaces;
    parts.push(roleManifests(permissionsFor(wanted, where), { name: 'agentops-diagnose', ...subject }));
  }
  if (audience === 'secrets' || audience === 'all') parts.push(...secretsManifests(config, subject));
  return parts.filter((part) => part !== '').join('---\n');
}

/** Roles are of one cluster: those of each are printed together, under its context's name. */
function secretsManifests(config: Config, subject: { subject?: Subject }): string[] {
  const byContext = new Map<string | undefined, Grant[]>();
  for (const { context, grant } of secretsGrants(config)) byContext.set(context, [...(byContext.get(context) ?? []), grant]);
  if (byContext.size === 0) return ['# secrets needs no permission: no consumer is in Kubernetes, and locks are not there either.\n'];
  return [...byContext].map(([context, grants]) => {
    const head = context === undefined ? '' : `# In the cluster of context ${context}:\n`;
    return head + roleManifests(grants, { name: 'agentops-secrets', ...subject });
  });
}

function policy(audience: Audience, config: Config): string {
  const none = nothing[audience];
  if (none !== undefined) return `# ${none}`;
  const rules: readonly VaultRule[] = vaultRules(config, audience === 'diagnose' ? 'diagnose' : 'secrets');
  if (rules.length === 0) {
    return `# ${audience} needs no policy: neither vault.secrets nor secrets names anything in Vault.`;
  }
  const name = audience === 'diagnose' ? 'agentops-diagnose' : 'agentops-secrets';
  const what = audience === 'diagnose' ? 'diagnose, secrets list and plans: no value of a secret' : 'rotations, and all that only looks';
  const head = [
    `For ${what}. vault policy write ${name} FILE`,
    ...(config.vault?.namespace === undefined ? [] : [`In namespace ${config.vault.namespace}.`]),
    'Its tokens need the policy "default" besides, as they have by default: they look after themselves with it.',
  ];
  return `${head.map((line) => `# ${line}`).join('\n')}\n\n${vaultPolicy(rules)}`;
}

function subjectOf(text: string | undefined): { subject?: Subject } {
  if (text === undefined) return {};
  const [namespace, name, ...rest] = text.split('/');
  if (!namespace || !name || rest.length > 0) {
    throw new AgentOpsError('usage', `--service-account: "${text}" is not namespace/name`, { hint: 'such as agentops/agentops' });
  }
  return { subject: { kind: 'ServiceAccount', namespace, name } };
}
