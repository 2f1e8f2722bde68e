import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AnyCheck, type CheckOutcome, defineCheck, type FindingDraft } from '../../packages/core/src/checks/check.ts';
import { configSchema } from '../../packages/core/src/config/schema.ts';
import { exitCodeOf, verdictOf } from '../../packages/core/src/diagnose/assemble.ts';
import { diagnose } from '../../packages/core/src/diagnose/run.ts';
import type { Gathering } from '../../packages/core/src/evidence/gather.ts';
import type { Evidence, Unavailable } from '../../packages/core/src/model/evidence.ts';
import { report as reportSchema } from '../../packages/core/src/model/report.ts';
import type { VaultHealth } from '../../packages/core/src/model/servers.ts';
import { testHost } from '../support/host.ts';

const health: VaultHealth = {
  address: 'http://vault:8200',
  status: 200,
  initialized: true,
  sealed: false,
  standby: false,
  version: '1.21.0',
  enterprise: false,
  latencyMs: 1,
};
const seen: Evidence<VaultHealth> = { ok: true, source: 'vault', data: health };
const refused: Unavailable = { ok: false, reason: 'unreachable', source: 'vault http://vault:8200', detail: 'connection refused' };
const unconfigured: Unavailable = {
  ok: false,
  reason: 'not-configured',
  source: 'vault',
  detail: 'no Vault configured',
  hint: 'set vault.address',
};

function draft(severity: FindingDraft['severity'], name = 'a', more: Partial<FindingDraft> = {}): FindingDraft {
  return { severity, resource: { kind: 'Thing', name, namespace: 'ns' }, seen: 'bad', expected: 'good', next: [], ...more };
}

function check(id: string, outcome: Partial<CheckOutcome> | (() => CheckOutcome) = {}): AnyCheck {
  return defineCheck({
    meta: { id: `connectivity/${id}`, category: 'connectivity', title: id, why: 'why', remedy: [] },
    needs: ['vault.health'],
    uses: [],
    settings: z.strictObject({}),
    evaluate: () => (typeof outcome === 'function' ? outcome() : { findings: [], examined: { count: 1, noun: 'thing' }, ...outcome }),
  });
}

async function run(checks: AnyCheck[], evidence: Evidence<VaultHealth> | Promise<Evidence<VaultHealth>>, configured: object = {}) {
  const gather = async (): Promise<Gathering> => ({ shared: { 'vault.health': Promise.resolve(evidence) }, contexts: [] });
  const config = configSchema.parse({ timeout: '300ms', ...configured });
  const made = await diagnose(config, testHost(), { version: '1.2.3', checks, gather });
  return reportSchema.parse(made);
}

describe('the status of a check and the verdict', () => {
  it.each([
    ['nothing wrong', {}, seen, 'pass', 'healthy', 0],
    ['a note', { findings: [draft('info')] }, seen, 'pass', 'healthy', 0],
    ['a warning', { findings: [draft('warning')] }, seen, 'warn', 'warning', 1],
    ['a critical finding', { findings: [draft('critical')] }, seen, 'fail', 'critical', 2],
    ['evidence refused', {}, refused, 'unknown', 'unknown', 3],
    ['a part not seen beside a warning', { findings: [draft('warning')], gaps: [refused] }, seen, 'unknown', 'unknown', 3],
    ['a part not seen beside a critical finding', { findings: [draft('critical')], gaps: [refused] }, seen, 'fail', 'critical', 2],
    ['a gap that came with the evidence', {}, { ...seen, gaps: [refused] } as Evidence<VaultHealth>, 'unknown', 'unknown', 3],
    ['nobody configured it, so nothing was looked at', {}, unconfigured, 'skipped', 'unknown', 3],
  ] as const)('%s', async (_name, outcome, evidence, status, verdict, exitCode) => {
    const report = await run([check('x', outcome as Partial<CheckOutcome>)], evidence);
    expect(report.categories[0]?.checks[0]?.status).toBe(status);
    expect(report).toMatchObject({ verdict, exitCode });
  });

  it('critical > unknown > warning > healthy; skipped alone is not healthy', () => {
    expect(verdictOf(['pass', 'warn', 'unknown', 'fail', 'skipped'])).toBe('critical');
    expect(verdictOf(['pass', 'warn', 'unknown', 'skipped'])).toBe('unknown');
    expect(verdictOf(['pass', 'warn', 'skipped'])).toBe('warning');
    expect(verdictOf(['pass', 'skipped'])).toBe('healthy');
    expect(verdictOf(['skipped'])).toBe('unknown');
    expect(verdictOf([])).toBe('unknown');
  });

  it.each([
    ['warning', [0, 1, 3, 2]],
    ['unknown', [0, 0, 3, 2]],
    ['critical', [0, 0, 0, 2]],
    ['never', [0, 0, 0, 0]],
  ] as const)('--fail-on %s', (failOn, expected) => {
    expect((['healthy', 'warning', 'unknown', 'critical'] as const).map((verdict) => exitCodeOf(verdict, failOn))).toEqual(expected);
  });
});

describe('nothing ends the run', () => {
  it('a check that throws is unknown, and says whose fault it is', async () => {
    const broken = check('broken', () => {
      throw new Error('CANARY-secret in a message');
    });
    const report = await run([broken, check('fine')], seen);
    expect(report.verdict).toBe('unknown');
    expect(report.counts.checks).toMatchObject({ unknown: 1, pass: 1 });
    expect(JSON.stringify(report)).not.toContain('CANARY');
  });

  it('a source that rejects is unknown', async () => {
    const report = await run([check('x')], Promise.reject(new Error('CANARY')));
    expect(report.notSeen[0]).toMatchObject({ reason: 'invalid', checks: ['connectivity/x'] });
    expect(JSON.stringify(report)).not.toContain('CANARY');
  });

  it('a source that never answers ends at the deadline', async () => {
    const report = await run([check('x')], new Promise<Evidence<VaultHealth>>(() => undefined));
    expect(report.notSeen[0]).toMatchObject({ reason: 'timeout', detail: 'no answer within 0.3 s' });
    expect(report.durationMs).toBeLessThan(800);
  });
});

describe('the report', () => {
  it('sorts findings worst first: by severity, then by how far over the threshold', async () => {
    const over = (value: number) => ({ measured: { value, unit: 'ratio' }, threshold: { value: 0.05, unit: 'ratio' } });
    const findings = [
      draft('warning', 'w'),
      draft('critical', 'little', over(0.06)),
      draft('info', 'i'),
      draft('critical', 'much', over(0.5)),
    ];
    const report = await run([check('x', { findings })], seen);
    expect(report.findings.map((found) => found.resource.name)).toEqual(['much', 'little', 'w', 'i']);
  });

  it('says what was not seen once, with every check that it left unanswered', async () => {
    const report = await run([check('x'), check('y')], refused);
    expect(report.notSeen).toEqual(
      [{ ...refused, ok: undefined, evidence: 'vault.health', checks: ['connectivity/x', 'connectivity/y'] }].map(
        ({ ok: _ok, ...rest }) => rest,
      ),
    );
  });

  it('says what nobody configured, and how to', async () => {
    const report = await run([check('x'), check('y')], unconfigured);
    expect(report.notSeen).toEqual([]);
    expect(report.notLookedAt).toEqual([{ what: 'vault', hint: 'set vault.address', checks: ['connectivity/x', 'connectivity/y'] }]);
  });

  it('names a lab by its servers’ versions', async () => {
    const report = await run([check('x')], { ok: true, source: 'vault', data: { ...health, version: '1.21.0+agentops-lab' } });
    expect(report.lab).toEqual({ scenario: 'unnamed' });
  });

  it('the fingerprint of a pod is its workload’s: a restart keeps it, another workload changes it', async () => {
    const pod = (name: string, workload: string): FindingDraft =>
      draft('critical', name, { resource: { kind: 'Pod', namespace: 'ns', name, workload: { kind: 'Deployment', name: workload } } });
    const report = await run([check('x', { findings: [pod('a-1', 'a'), pod('a-2', 'a'), pod('b-1', 'b')] })], seen);
    const [first, second, third] = report.findings.map((found) => found.fingerprint);
    expect(first).toBe(second);
    expect(third).not.toBe(first);
  });
});

describe('suppressions', () => {
  const findings = [draft('critical', 'a'), draft('critical', 'b')];

  it.each([
    ['one resource', { id: 'connectivity/x', resource: 'ns/a' }, 1, 1],
    ['a pattern', { id: 'connectivity/*', resource: 'ns/*' }, 0, 2],
    ['another check', { id: 'connectivity/y' }, 2, 0],
    ['over since yesterday', { id: 'connectivity/x', until: '2026-11-20' }, 2, 0],
    ['until today', { id: 'connectivity/x', until: '2026-11-21' }, 0, 2],
    ['a dot is not a wildcard', { id: 'connectivity/x', resource: 'n./a' }, 2, 0],
  ])('%s', async (_name, entry, shown, suppressed) => {
    const report = await run([check('x', { findings })], seen, { suppressions: [{ reason: 'known', ...entry }] });
    expect(report.findings).toHaveLength(shown);
    expect(report.counts.suppressed).toBe(suppressed);
    expect(report.verdict).toBe(shown > 0 ? 'critical' : 'healthy');
  });
});
