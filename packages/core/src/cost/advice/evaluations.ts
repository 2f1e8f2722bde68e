/** One run of the user's own evaluation. */
export interface Evaluation {
  readonly task: string;
  readonly model: string;
  readonly success: boolean;
  /** null where not said. */
  readonly steps: number | null;
  readonly durationMs: number | null;
}

export interface EvaluationReject {
  /** From 1. */
  readonly line: number;
  readonly why: string;
}

/**
 * JSON lines `{"task","model","success","steps","duration"}`; `duration` in
 * seconds, `duration_ms` in milliseconds. `success` is true or false, 1 or 0.
 */
export function readEvaluations(text: string): { readonly runs: Evaluation[]; readonly rejects: EvaluationReject[] } {
  const runs: Evaluation[] = [];
  const rejects: EvaluationReject[] = [];
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const read = readRun(line);
    if (typeof read === 'string') rejects.push({ line: index + 1, why: read });
    else runs.push(read);
  }
  return { runs, rejects };
}

function readRun(line: string): Evaluation | string {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return 'not JSON';
  }
  if (typeof row !== 'object' || row === null) return 'not an object';
  const { task, model, success, steps, duration, duration_ms: milliseconds } = row as Record<string, unknown>;
  if (typeof task !== 'string') return 'no task';
  if (typeof model !== 'string' || model === '') return 'no model';
  if (success !== true && success !== false && success !== 1 && success !== 0) return 'success is neither true nor false';
  const seconds = positive(duration);
  const durationMs = positive(milliseconds) ?? (seconds === null ? null : seconds * 1000);
  return { task, model, success: Boolean(success), steps: positive(steps), durationMs };
}

function positive(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

/** How often a model succeeded at a task. */
export interface MeasuredQuality {
  /** Share of runs that succeeded. */
  readonly rate: number;
  /** Wilson's lower bound: what it is at least, given so few or so many runs. */
  readonly atLeast: number;
  readonly runs: number;
  readonly meanSteps: number | null;
  readonly medianDurationMs: number | null;
}

/** Runs of that model at that task; an empty task takes them all. Undefined where there are none. */
export function measuredQuality(runs: readonly Evaluation[], model: string, task: string): MeasuredQuality | undefined {
  const own = runs.filter((run) => run.model === model && (task === '' || run.task === task));
  if (own.length === 0) return undefined;
  const successes = own.filter(({ success }) => success).length;
  const steps = own.map((run) => run.steps).filter((value) => value !== null);
  const durations = own
    .map((run) => run.durationMs)
    .filter((value) => value !== null)
    .sort((a, b) => a - b);
  return {
    rate: successes / own.length,
    atLeast: wilsonLow(successes, own.length),
    runs: own.length,
    meanSteps: steps.length > 0 ? steps.reduce((sum, value) => sum + value, 0) / steps.length : null,
    medianDurationMs: durations[Math.floor((durations.length - 1) / 2)] ?? null,
  };
}

/** Lower end of the score interval of a share (Wilson, J. Am. Stat. Assoc. 22 (1927) 209); 95 % two-sided unless told. */
export function wilsonLow(successes: number, n: number, z = 1.959964): number {
  if (n === 0) return 0;
  const share = successes / n;
  const z2 = z * z;
  const centre = share + z2 / (2 * n);
  const margin = z * Math.sqrt((share * (1 - share) + z2 / (4 * n)) / n);
  return Math.max(0, (centre - margin) / (1 + z2 / n));
}
