import type { AnyCheck } from '../checks/check.ts';
import { allChecks } from '../checks/registry.ts';
import type { Config } from '../config/schema.ts';
import { type Gathering, gather } from '../evidence/gather.ts';
import type { Host } from '../host.ts';
import type { Evidence, MissingPermission, Unavailable } from '../model/evidence.ts';
import type { EvidenceKey, EvidencePromises } from '../model/evidence-map.ts';
import type { CheckResult, Resource } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { roleManifests } from '../permissions/manifests.ts';
import { assembleReport, type FailOn } from './assemble.ts';
import { evaluateCheck } from './evaluate.ts';
import { selectChecks, settingsOf, wantedEvidence } from './select.ts';
import { isSuppressed } from './suppress.ts';

export interface DiagnoseOptions {
  readonly version: string;
  /** Categories or check ids; empty: all. */
  readonly only?: readonly string[];
  readonly failOn?: FailOn;
  /** Name of the practice scenario, where the caller started one. */
  readonly lab?: string;
  /** Stops the run early (Ctrl-C): what was not seen by then is unknown. */
  readonly signal?: AbortSignal;
  /** Called as each check is answered. */
  readonly onResult?: (result: CheckResult) => void;
  /** For tests and for replays: other checks, other evidence. */
  readonly checks?: readonly AnyCheck[];
  readonly gather?: typeof gather;
}

/**
 * One diagnosis: which checks → which evidence → gather, concurrently and
 * under one deadline (`config.timeout`) → evaluate → report. Never rejects for
 * a server's sake; throws `usage` on an unknown name in `only`.
 */
export async function diagnose(config: Config, host: Host, options: DiagnoseOptions): Promise<Report> {
  const started = host.clock.monotonic();
  const now = host.clock.now();
  const checks = selectChecks(options.checks ?? allChecks, options.only ?? [], config);
  const deadline = started + config.timeout;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), config.timeout);
  const signal = options.signal ? AbortSignal.any([stop.signal, options.signal]) : stop.signal;
  try {
    const gathering = await (options.gather ?? gather)(config, withIdentity(wantedEvidence(checks)), { host, signal, deadline });
    const bounded = boundGathering(gathering, signal, config.timeout, host);
    let suppressed = 0;
    const today = new Date(now).toISOString().slice(0, 10);
    const suppressor = (id: string, resource: Resource): boolean => {
      const hidden = isSuppressed(id, resource, config.suppressions, today);
      if (hidden) suppressed++;
      return hidden;
    };
    const answer = async (check: AnyCheck, context: string | undefined, promises: EvidencePromises): Promise<CheckResult> => {
      const evidence = await settle(check, promises);
      const onError = (error: unknown): void =>
        host.log.debug(`${check.meta.id}: ${error instanceof Error ? (error.stack ?? error.message) : 'failed'}`);
      const result = evaluateCheck(check, evidence, withoutEnabled(settingsOf(check, config)), { now, context }, suppressor, onError);
      options.onResult?.(result);
      return result;
    };
    const results = await Promise.all(
      checks.flatMap((check) =>
        perContext(check) && bounded.contexts.length > 0
          ? bounded.contexts.map(({ context, evidence }) => answer(check, context, { ...bounded.shared, ...evidence }))
          : [answer(check, undefined, bounded.shared)],
      ),
    );
    return assembleReport({
      results,
      version: options.version,
      lab: options.lab ?? (await labSeen(bounded)),
      startedAt: now,
      durationMs: host.clock.monotonic() - started,
      timeZone: config.timeZone ?? host.clock.timeZone,
      contexts: bounded.contexts.map(({ context }) => context),
      namespaces: config.kubernetes.namespaces,
      suppressed,
      unseen: await unavailablePieces(bounded),
      failOn: options.failOn ?? 'warning',
      permissionManifest: (missing: readonly MissingPermission[]) => roleManifests(missing, { name: 'agentops-diagnose' }),
    });
  } finally {
    clearTimeout(timer);
    // Whatever still waits for a server has no reader any more.
    stop.abort();
  }
}

function perContext(check: AnyCheck): boolean {
  return [...check.needs, ...check.uses].some((key) => key.startsWith('kubernetes.'));
}

/** The pieces that tell what answered (a lab says so in its version), wherever that server is asked anything. */
function withIdentity(wanted: Set<EvidenceKey>): Set<EvidenceKey> {
  for (const key of [...wanted]) {
    const everything = key === 'tls.servers';
    if (everything || key.startsWith('kubernetes.')) wanted.add('kubernetes.cluster');
    if (everything || key.startsWith('prometheus.')) wanted.add('prometheus.info');
    if (everything || key.startsWith('vault.')) wanted.add('vault.health');
  }
  return wanted;
}

function withoutEnabled(settings: { enabled?: boolean } | undefined): unknown {
  if (!settings) return undefined;
  const { enabled: _enabled, ...rest } = settings;
  return rest;
}

function boundGathering(gathering: Gathering, signal: AbortSignal, timeoutMs: number, host: Host): Gathering {
  const late = new Promise<'late'>((resolve) => {
    // Sources end by themselves at the deadline and say which server was slow; this is for one that does not.
    const end = (): void => void setTimeout(() => resolve('late'), 150);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
  const bound = (promises: EvidencePromises): EvidencePromises => {
    const entries = Object.entries(promises).map(([key, promise]) => [
      key,
      boundOne(key, promise as Promise<Evidence<unknown>>, late, timeoutMs, host),
    ]);
    return Object.fromEntries(entries) as EvidencePromises;
  };
  return {
    shared: bound(gathering.shared),
    contexts: gathering.contexts.map(({ context, evidence }) => ({ context, evidence: bound(evidence) })),
  };
}

async function boundOne(
  key: string,
  promise: Promise<Evidence<unknown>>,
  late: Promise<'late'>,
  timeoutMs: number,
  host: Host,
): Promise<Evidence<unknown>> {
  const source = key.split('.')[0] as string;
  try {
    const first = await Promise.race([promise, late]);
    if (first !== 'late') return first;
    return { ok: false, reason: 'timeout', source, detail: `no answer within ${timeoutMs / 1000} s` };
  } catch (error) {
    host.log.debug(`${key}: ${error instanceof Error ? (error.stack ?? error.message) : 'failed'}`);
    return { ok: false, reason: 'invalid', source, detail: 'reading it failed (a defect in agentops; --verbose shows it)' };
  }
}

async function settle(check: AnyCheck, promises: EvidencePromises): Promise<Map<EvidenceKey, Evidence<unknown>>> {
  const evidence = new Map<EvidenceKey, Evidence<unknown>>();
  await Promise.all(
    [...check.needs, ...check.uses].map(async (key) => {
      const piece: Evidence<unknown> | undefined = await promises[key];
      evidence.set(key, piece ?? { ok: false, reason: 'invalid', source: key, detail: 'was not gathered' });
    }),
  );
  return evidence;
}

/** Everything that was gathered and could not be had, whole or in part, whether a check stands or falls with it or not. */
async function unavailablePieces(gathering: Gathering): Promise<{ context: string; missing: Unavailable }[]> {
  const of = async (context: string, promises: EvidencePromises): Promise<{ context: string; missing: Unavailable }[]> => {
    const pieces = await Promise.all(Object.values(promises) as Promise<Evidence<unknown>>[]);
    return pieces.flatMap((piece) => (piece.ok ? (piece.gaps ?? []) : [piece])).map((missing) => ({ context, missing }));
  };
  return (
    await Promise.all([of('', gathering.shared), ...gathering.contexts.map(({ context, evidence }) => of(context, evidence))])
  ).flat();
}

/** A lab names itself in its servers' versions. */
async function labSeen(gathering: Gathering): Promise<string | undefined> {
  const versions = await Promise.all([
    ...gathering.contexts.map(({ evidence }) => evidence['kubernetes.cluster']),
    gathering.shared['prometheus.info'],
    gathering.shared['vault.health'],
  ]);
  return versions.some((piece) => piece?.ok && piece.data.version.includes('agentops-lab')) ? 'unnamed' : undefined;
}
