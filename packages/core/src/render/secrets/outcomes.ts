import type { RotationOutcome } from '../../model/rotation-plan.ts';
import { createPaint } from '../terminal/paint.ts';
import { columns, padEnd, wrap } from '../terminal/text.ts';
import { type Column, grid } from './grid.ts';
import { headClock, resultText, type SecretsRender, shortTime, tint, tintStart, withLocalTimes } from './words.ts';

const table: readonly Column[] = [
  { title: 'RESULT' },
  { title: 'SECRET', least: 12 },
  { title: 'VERSION', right: true },
  { title: 'BOTH VALID UNTIL', drop: 1 },
  { title: 'STATE', drop: 2 },
];

/** How each secret's run ended, why, and what to do next. `now`: ms since the epoch. */
export function renderOutcomes(outcomes: readonly RotationOutcome[], options: SecretsRender & { readonly now: number }): string {
  const { width, color, timeZone, now } = options;
  const paint = createPaint(color);
  if (outcomes.length === 0) return 'nothing to rotate';
  const iso = new Date(now).toISOString();
  const cells = outcomes.map((outcome) => cellsOf(outcome, iso, timeZone));
  const { head, rows } = grid(table, cells, width - 2);
  const lines = [paint.dim(`rotation · ${headClock(now, timeZone)}`), '', `  ${paint.dim(head)}`];
  outcomes.forEach((outcome, index) => {
    const { detail, next } = outcome;
    const { text, tone } = resultText(outcome);
    lines.push(`  ${tintStart(paint, tone, rows[index] ?? '', text)}`);
    if (detail !== '') lines.push(...wrap(withLocalTimes(detail, now, timeZone), width - 6).map((line) => `      ${line}`));
    lines.push(...next.map((command) => paint.dim(`      $ ${command}`)));
  });
  return lines.join('\n');
}

function cellsOf(outcome: RotationOutcome, now: string, timeZone: string): readonly string[] {
  const { secret, version, graceUntil, state } = outcome;
  return [
    resultText(outcome).text,
    secret,
    version === undefined ? '' : String(version),
    graceUntil === undefined ? '' : shortTime(new Date(graceUntil).toISOString(), now, timeZone),
    state === undefined || state === 'DONE' || state === 'ROLLED_BACK' ? '' : state,
  ];
}

/** What `--due` or `--all` leaves alone, with the reason for each. */
export function renderLeftAlone(outcomes: readonly RotationOutcome[], { width, color }: Pick<SecretsRender, 'width' | 'color'>): string {
  if (outcomes.length === 0) return '';
  const paint = createPaint(color);
  const name = Math.max(...outcomes.map(({ secret }) => columns(secret)));
  const result = Math.max(...outcomes.map((each) => columns(resultText(each).text)));
  const lines = outcomes.flatMap((each) => {
    const { text, tone } = resultText(each);
    const indent = 2 + result + 2 + name + 2;
    const [first = '', ...rest] = wrap(each.detail, Math.max(30, width - indent));
    const head = `  ${tint(paint, tone, text)}${' '.repeat(result - columns(text))}  ${padEnd(each.secret, name)}  ${first}`;
    return [head, ...rest.map((line) => ' '.repeat(indent) + line)];
  });
  return [paint.bold('Left alone'), ...lines].join('\n');
}
