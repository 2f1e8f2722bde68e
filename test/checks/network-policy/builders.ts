import type { AnyCheck } from '../../../packages/core/src/checks/check.ts';
import { evaluateCheck } from '../../../packages/core/src/diagnose/evaluate.ts';
import type { Evidence } from '../../../packages/core/src/model/evidence.ts';
import { available } from '../../../packages/core/src/model/evidence.ts';
import type { EvidenceKey, EvidenceTypes } from '../../../packages/core/src/model/evidence-map.ts';
import type { CheckResult } from '../../../packages/core/src/model/finding.ts';
import type { Container, Namespace, NetworkPolicy, Pod, PolicyPort, Service } from '../../../packages/core/src/model/kubernetes.ts';
import { testNow } from '../../support/host.ts';

/** A running pod of namespace agents; its workload is a Deployment of the name before the first dash-digit. */
export function pod(name: string, labels: Record<string, string> = {}, more: Partial<Pod> = {}): Pod {
  return {
    uid: `uid-${more.namespace ?? 'agents'}-${name}`,
    namespace: 'agents',
    name,
    labels,
    workload: { kind: 'Deployment', name: name.replace(/-\d+$/, '') },
    phase: 'Running',
    reason: '',
    message: '',
    hostNetwork: false,
    createdAt: testNow,
    conditions: [],
    containers: [],
    secrets: [],
    ...more,
  };
}

export function container(name: string, ports: Container['ports'] = [], more: Partial<Container> = {}): Container {
  return {
    name,
    role: 'main',
    image: 'x',
    ports,
    requests: {},
    limits: {},
    probes: { liveness: false, readiness: false, startup: false },
    ...more,
  };
}

export function policy(name: string, more: Partial<NetworkPolicy> = {}): NetworkPolicy {
  return { namespace: 'agents', name, podSelector: {}, ...more };
}

export function tcp(port: number | string, endPort?: number): PolicyPort {
  return { protocol: 'TCP', port, ...(endPort === undefined ? {} : { endPort }) };
}

export function udp(port: number | string): PolicyPort {
  return { protocol: 'UDP', port };
}

export function namespace(name: string, labels: Record<string, string> = {}): Namespace {
  return { name, labels: { 'kubernetes.io/metadata.name': name, ...labels }, terminating: false };
}

export function service(name: string, more: Partial<Service> = {}): Service {
  return { namespace: 'agents', name, type: 'ClusterIP', selector: {}, ports: [], ...more };
}

/** What a test hands a check: data, or whole evidence where it is about what is missing. */
export type Given = { [K in EvidenceKey]?: EvidenceTypes[K] | Evidence<EvidenceTypes[K]> };

/** Runs a check as a diagnosis does: through the runner, with context prod. */
export function run(check: AnyCheck, given: Given, settings: unknown = {}): CheckResult {
  const evidence = new Map<EvidenceKey, Evidence<unknown>>();
  for (const key of [...check.needs, ...check.uses]) {
    const value: unknown = given[key];
    if (value !== undefined) evidence.set(key, isEvidence(value) ? value : available('kubernetes prod', value));
  }
  return evaluateCheck(
    check,
    evidence,
    settings,
    { now: testNow, context: 'prod' },
    () => false,
    (error) => {
      throw error;
    },
  );
}

function isEvidence(value: unknown): value is Evidence<unknown> {
  return value instanceof Object && !Array.isArray(value) && 'ok' in value;
}

/** `warning agents/Deployment/web: no policy for egress | selected by a policy`: findings as a person would compare them. */
export function lines(result: CheckResult): string[] {
  return result.findings.map(
    ({ severity, resource, seen, expected }) =>
      `${severity} ${resource.namespace === undefined ? '' : `${resource.namespace}/`}${resource.kind}/${resource.name}: ${seen} | ${expected}`,
  );
}

export function forbidden(resource: string, where?: string): Extract<Evidence<never>, { ok: false }> {
  return {
    ok: false,
    reason: 'forbidden',
    source: 'kubernetes prod',
    detail: `not allowed to list ${resource}`,
    missing: [{ verb: 'list', group: '', resource, ...(where === undefined ? {} : { namespace: where }) }],
    ...(where === undefined ? {} : { namespace: where }),
  };
}
