import type { Unavailable } from '../../model/evidence.ts';
import type { Fact } from '../../model/finding.ts';
import { duration } from '../../model/format.ts';
import type { AgentPerformance, PerformanceMetrics, PerformancePiece, Reading } from '../../model/prometheus.ts';
import type { CheckOutcome, FindingDraft } from '../check.ts';
import { promtool } from '../promtool.ts';
import { judge, type Thresholds } from '../threshold.ts';
import { type Format, known } from './format.ts';

/** One thing with a reading: an agent, a model, a tool. */
export interface Subject {
  readonly kind: 'Agent' | 'Model' | 'Tool';
  readonly name: string;
  readonly profile: string;
  readonly reading: Reading;
}

export interface Question {
  readonly id: string;
  /** `p95`, `error ratio`. */
  readonly label: string;
  readonly unit: string;
  readonly format: Format;
  readonly direction: 'above' | 'below';
  readonly thresholds: Thresholds;
  /** Queries that it rests on, the most telling first. */
  readonly pieces: readonly PerformancePiece[];
  /** Every agent should have it: exported by no profile it is `unknown`. Else a note says that it isn't exported. */
  readonly essential: boolean;
  /** `requests`, `calls`: what there was none of. */
  readonly events: string;
}

/** Every row of the performance evidence, with one of its readings. */
export function agentSubjects(metrics: PerformanceMetrics, pick: (row: AgentPerformance) => Reading): Subject[] {
  return metrics.agents.map((row) => ({
    kind: row.kind === 'agent' ? 'Agent' : 'Model',
    name: row.agent,
    profile: row.profile,
    reading: pick(row),
  }));
}

/**
 * Judges one reading of every subject, worst first. A subject without events in
 * the window is a fact; without a reading, a gap; where nothing at all could be
 * judged, the check says why instead of passing.
 */
export function judgeSubjects(metrics: PerformanceMetrics, subjects: readonly Subject[], question: Question): CheckOutcome {
  const findings: (FindingDraft & { readonly badness: number })[] = [];
  const facts: Fact[] = [];
  const unseen = new Map<string, string[]>();
  const notExported = new Map<string, string[]>();
  const gaps: Unavailable[] = metrics.gaps.filter(({ piece }) => question.pieces.includes(piece)).map(({ unavailable }) => unavailable);
  const failed = gaps.length > 0;
  const source = `prometheus ${metrics.url}`;
  let judged = 0;
  let open = 0;
  for (const subject of subjects) {
    const { reading, kind, name } = subject;
    if (reading.value === null) {
      const why = reading.why ?? 'no value';
      if (reading.cause === 'idle') {
        const text = `no ${question.events} in ${duration(metrics.windowSeconds * 1000)}`;
        facts.push({ label: question.label, resource: { kind, name }, text });
      } else append(reading.cause === 'not-exported' ? notExported : unseen, why, name);
      continue;
    }
    judged++;
    const bounds = {
      low: reading.low ?? reading.value,
      high: reading.high === undefined ? reading.value : (reading.high ?? Number.POSITIVE_INFINITY),
    };
    const judgement = judge(bounds, question.thresholds, question.direction);
    if (judgement.verdict === 'over') {
      const badness = question.direction === 'above' ? bounds.low : -bounds.high;
      findings.push({ ...draft(metrics, subject, question, judgement.severity, judgement.threshold), badness });
    }
    if (judgement.verdict === 'open') {
      open++;
      const limit = `${question.direction === 'above' ? 'over' : 'under'} ${question.format(judgement.threshold)}`;
      const detail = `${question.label} of ${name} is ${known(reading, question.format)}, ${limit} or not can’t be said: ${reading.why ?? 'not known exactly'}`;
      gaps.push({ ok: false, reason: 'invalid', source, detail });
    }
  }
  // A failed query already says why its readings are missing.
  if (!failed) for (const [why, names] of unseen) gaps.push({ ok: false, reason: 'absent', source, detail: `${names.join(', ')}: ${why}` });
  const missing = [...notExported].map(([why, names]) => `${names.join(', ')}: ${why}`).join('; ');
  if (judged === 0 && gaps.length === 0) {
    if (facts.length > 0) {
      const detail = `no ${question.events} in ${duration(metrics.windowSeconds * 1000)}, so there is nothing to judge`;
      gaps.push({ ok: false, reason: 'absent', source, detail });
    } else if (question.essential) {
      const detail = `${question.label}: exported for no agent or model${missing ? ` (${missing})` : ''}`;
      gaps.push({ ok: false, reason: 'absent', source, detail });
    }
  }
  findings.sort((a, b) => rank(a) - rank(b) || b.badness - a.badness);
  const note =
    missing !== '' ? `not exported: ${missing}` : judged + open === 0 && gaps.length === 0 ? `no ${question.label} is exported` : undefined;
  return {
    findings: findings.map(({ badness: _, ...finding }) => finding),
    gaps,
    facts,
    examined: { count: judged, noun: nounOf(subjects.map(({ kind }) => kind)) },
    ...(note === undefined ? {} : { note }),
  };
}

function draft(
  metrics: PerformanceMetrics,
  subject: Subject,
  question: Question,
  severity: FindingDraft['severity'],
  threshold: number,
): FindingDraft {
  const { reading, kind, name, profile } = subject;
  const word = question.direction === 'above' ? 'over' : 'under';
  const expression = question.pieces.map((piece) => metrics.expressions[`${profile}/${piece}`]).find((found) => found !== undefined);
  const measured = reading.value ?? 0;
  return {
    severity,
    resource: { kind, name },
    seen: `${question.label} ${known(reading, question.format)}`,
    expected: `${word} ${question.format(threshold)}`,
    measured: { value: measured, unit: question.unit },
    threshold: { value: threshold, unit: question.unit },
    detail: `over the last ${duration(metrics.windowSeconds * 1000)}, from ${profile}_* metrics${reading.why === undefined ? '' : `; ${reading.why}`}`,
    next: [...(expression === undefined ? [] : [promtool(metrics.url, expression)]), `agentops explain ${question.id}`],
    // Two profiles may know an agent by the same name.
    key: profile,
  };
}

function append(map: Map<string, string[]>, key: string, name: string): void {
  const names = map.get(key);
  if (names) names.push(name);
  else map.set(key, [name]);
}

function rank({ severity }: FindingDraft): number {
  return { critical: 0, warning: 1, info: 2 }[severity];
}

/** What a judgement was about, one of them: `tool`, `model`, `agent type`. */
export function nounOf(kinds: readonly Subject['kind'][]): string {
  if (kinds.includes('Tool')) return 'tool';
  if (!kinds.includes('Model')) return 'agent type';
  return kinds.includes('Agent') ? 'model or agent type' : 'model';
}
