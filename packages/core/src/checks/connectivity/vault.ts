import { duration } from '../../model/format.ts';
import type { VaultHealth } from '../../model/servers.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { shellQuote } from '../kubectl.ts';
import { hostOf, lookAtHost } from './next.ts';
import { nameOf, notReached, notVerified } from './reach.ts';
import { slowAfter } from './settings.ts';

/** What sys/health means by a status; those that are missing here (200, 429 standby, 473 performance standby) are well. */
const states: Readonly<Record<number, Pick<FindingDraft, 'severity' | 'seen' | 'detail'>>> = {
  472: { severity: 'warning', seen: 'disaster-recovery secondary', detail: 'it serves no secrets until it is promoted' },
  474: {
    severity: 'critical',
    seen: 'standby without an active node',
    detail: 'this node cannot reach the active one, so it can forward nothing',
  },
  501: { severity: 'critical', seen: 'not initialised', detail: 'vault operator init was never run, or its storage is gone' },
  503: { severity: 'critical', seen: 'sealed', detail: 'no secret can be read until it is unsealed' },
  530: { severity: 'critical', seen: 'removed from its cluster', detail: 'the node must be wiped and joined again' },
};

export const vault = defineCheck({
  meta: {
    id: 'connectivity/vault',
    category: 'connectivity',
    title: 'Vault',
    why: 'Workloads that fetch secrets at start cannot start, and leases cannot be renewed.',
    remedy: [
      'Sealed: unseal it (vault operator unseal), or look why auto-unseal fails: the KMS key or its permissions.',
      'Standby without an active node: look at the storage back end and at the other nodes’ logs.',
      'A plain standby (429) or performance standby (473) is well: it forwards or serves.',
    ],
    source: 'Vault API documentation, /sys/health',
  },
  needs: [],
  uses: ['vault.health'],
  settings: slowAfter('1s'),
  evaluate(input, settings) {
    const health = input['vault.health'];
    const examined = { count: 1, noun: 'server' };
    const address = health.ok ? health.data.address : nameOf(health.source, 'vault');
    const resource = { kind: 'Vault', name: address };
    const next = [`vault status -address=${shellQuote(address)}`, ...lookAtHost(hostOf(address))];
    if (!health.ok) return { ...notReached(health, { resource, next }), examined };
    const { data } = health;
    const findings: FindingDraft[] = [];
    const state = states[data.status];
    if (state) findings.push({ ...state, resource, expected: 'active or standby', next, key: 'state' });
    if (data.latencyMs > settings.slowAfter) {
      findings.push({
        severity: 'warning',
        resource,
        seen: `answers after ${duration(data.latencyMs)}`,
        expected: `within ${duration(settings.slowAfter)}`,
        measured: { value: data.latencyMs, unit: 'ms' },
        threshold: { value: settings.slowAfter, unit: 'ms' },
        key: 'slow',
        next,
      });
    }
    const text = [data.version, stateName(data), duration(data.latencyMs), data.unverified ? notVerified : '']
      .filter((word) => word !== '')
      .join(', ');
    return { examined, findings, facts: [{ label: 'Vault', resource, text, measured: { value: data.latencyMs, unit: 'ms' } }] };
  },
});

function stateName(health: VaultHealth): string {
  const well: Readonly<Record<number, string>> = { 200: 'active', 429: 'standby', 473: 'performance standby' };
  return well[health.status] ?? states[health.status]?.seen ?? `status ${health.status}`;
}
