import { duration } from '../../model/format.ts';
import type { RotationRecord, SecretHistory } from '../../model/secret-history.ts';
import { createPaint } from '../terminal/paint.ts';
import { printable, wrap } from '../terminal/text.ts';
import { type Column, grid } from './grid.ts';
import { headClock, type SecretsRender, shortTime, type Tone, tint, tintStart } from './words.ts';

const table: readonly Column[] = [
  { title: 'BEGAN' },
  { title: 'OUTCOME' },
  { title: 'VERSION' },
  { title: 'TOOK', right: true },
  { title: 'BY', least: 8 },
  { title: 'CONSUMERS', least: 16, drop: 1 },
];

const outcomes: Readonly<Record<RotationRecord['outcome'], { readonly text: string; readonly tone: Tone }>> = {
  done: { text: '✔ done', tone: 'pass' },
  grace: { text: '✔ grace', tone: 'pass' },
  'rolled-back': { text: '✖ rolled back', tone: 'fail' },
  'needs-operator': { text: '✖ needs a person', tone: 'fail' },
  abandoned: { text: '! abandoned', tone: 'warn' },
  unfinished: { text: '! unfinished', tone: 'warn' },
};

/** The rotations on record, newest first, with how long each step took. `now`: ms since the epoch. */
export function renderHistory(histories: readonly SecretHistory[], options: SecretsRender & { readonly now: number }): string {
  const { width, color, timeZone } = options;
  const paint = createPaint(color);
  const now = new Date(options.now).toISOString();
  const lines = [paint.dim(`rotations on record · ${headClock(options.now, timeZone)}`)];
  for (const { secret, rotations, notSeen } of histories) {
    lines.push('', paint.bold(secret));
    const { head, rows } = grid(
      table,
      rotations.map((each) => cellsOf(each, now, timeZone)),
      width - 2,
    );
    if (rotations.length > 0) lines.push(`  ${paint.dim(head)}`);
    else if (notSeen.length === 0) lines.push('  none yet');
    rotations.forEach((each, index) => {
      const { text, tone } = outcomes[each.outcome];
      const began = shortTime(each.startedAt, now, timeZone);
      const row = rows[index] ?? '';
      const at = row.indexOf(text);
      lines.push(`  ${row.startsWith(began) && at > 0 ? row.slice(0, at) + tintStart(paint, tone, row.slice(at), text) : row}`);
      const details = [each.failure, each.operator].flatMap((detail) => (detail === null ? [] : wrap(detail, width - 6)));
      const steps = wrap(each.steps.map(({ state, ms }) => `${state} ${duration(ms)}`).join(' · '), width - 6);
      lines.push(...details.map((line) => `      ${line}`), ...steps.map((line) => paint.dim(`      ${line}`)));
    });
    lines.push(
      ...notSeen.flatMap((text) => wrap(`? not seen: ${printable(text)}`, width - 2)).map((line) => `  ${tint(paint, 'unknown', line)}`),
    );
  }
  return lines.join('\n');
}

function cellsOf(record: RotationRecord, now: string, timeZone: string): string[] {
  const { startedAt, endedAt, oldVersion, newVersion, restoredVersion, outcome, by, consumers } = record;
  const versions = [oldVersion === 0 ? 'none' : String(oldVersion), newVersion, restoredVersion].filter((version) => version !== null);
  return [
    shortTime(startedAt, now, timeZone),
    outcomes[outcome].text,
    versions.join(' → '),
    endedAt === null ? '–' : duration(Date.parse(endedAt) - Date.parse(startedAt)),
    by,
    consumers.join(', '),
  ];
}
