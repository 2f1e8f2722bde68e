import { duration, plural } from '../../model/format.ts';
import type { SecretList, SecretStatus } from '../../model/secret-status.ts';
import { createPaint } from '../terminal/paint.ts';
import { wrap } from '../terminal/text.ts';
import { statusWords, verdictWords } from '../words.ts';
import { type Column, grid } from './grid.ts';
import { ageText, headClock, type SecretsRender, shortTime, tint, tintStart } from './words.ts';

const table: readonly Column[] = [
  { title: 'STATUS' },
  { title: 'SECRET', least: 12 },
  { title: 'AGE', right: true },
  { title: 'LIMIT', right: true },
  { title: 'DUE', right: true },
  { title: 'VALUE', least: 20, drop: 2 },
  { title: 'LAST ROTATION', drop: 1 },
  { title: 'BY', least: 8, drop: 4 },
  { title: 'CONSUMERS', least: 20, drop: 3 },
];

/** How old each secret is and when it is due, worst first; what is not well has its reason and next command below it. */
export function renderSecretList(
  list: SecretList,
  options: SecretsRender & { readonly verbose: boolean; readonly quiet: boolean },
): string {
  const { width, color, timeZone, verbose, quiet } = options;
  const paint = createPaint(color);
  const shown = quiet ? list.secrets.filter(({ status }) => status !== 'pass') : list.secrets;
  const { head, rows } = grid(
    table,
    shown.map((each) => cellsOf(each, list.generatedAt, timeZone)),
    width - 2,
  );
  const lab = list.lab === undefined ? '' : ` · LAB ${list.lab}: none of this is real`;
  const lines = [paint.dim(`secrets · ${headClock(Date.parse(list.generatedAt), timeZone)}${lab}`), '', verdictLine(list, paint.bold)];
  if (rows.length > 0) lines.push('', `  ${paint.dim(head)}`);
  shown.forEach((status, index) => {
    lines.push(`  ${tintStart(paint, status.status, rows[index] ?? '', statusText(status))}`);
    if (status.status === 'pass' && !verbose) return;
    for (const remark of status.remarks.filter((each) => verbose || each.status !== 'pass')) {
      lines.push(...wrap(remark.text, width - 6).map((line) => `      ${line}`));
    }
    lines.push(...status.next.map((command) => paint.dim(`      $ ${command}`)));
  });
  if (list.notSeen.length > 0) {
    lines.push('', paint.bold('Not seen'));
    for (const text of list.notSeen) {
      const [first = '', ...rest] = wrap(text, width - 6);
      lines.push(`  ${tint(paint, 'unknown', '?')} ${first}`, ...rest.map((line) => `    ${line}`));
    }
  }
  if (list.exitCode > 0) lines.push('', paint.dim(`exit ${list.exitCode}`));
  return lines.join('\n');
}

function cellsOf(status: SecretStatus, now: string, timeZone: string): string[] {
  const { secret, age, maxAgeSeconds, location, version, consumers } = status;
  return [
    statusText(status),
    secret,
    ageText(age),
    duration(maxAgeSeconds * 1000),
    dueText(status, now),
    location === null ? 'inside Vault' : `${location}${version === null ? '' : ` v${version}`}`,
    rotationText(status, now, timeZone),
    status.rotation?.by ?? '',
    consumers.join(', '),
  ];
}

function statusText({ status }: SecretStatus): string {
  return `${statusWords[status].icon} ${statusWords[status].word}`;
}

function dueText({ dueAt, remarks }: SecretStatus, now: string): string {
  if (dueAt === null) return remarks.some(({ what }) => what === 'due') ? 'now' : '–';
  const left = Date.parse(dueAt) - Date.parse(now);
  return left > 0 ? `in ${duration(left)}` : `${duration(-left)} ago`;
}

function rotationText({ rotation, remarks, issuer }: SecretStatus, now: string, timeZone: string): string {
  if (!rotation) {
    if (issuer === null) return 'watched only';
    return remarks.some(({ what, text }) => what === 'not-seen' && text.startsWith('its rotations')) ? 'not seen' : 'none yet';
  }
  const word = {
    DONE: 'done',
    ROLLED_BACK: 'rolled back',
    ABANDONED: 'abandoned',
    GRACE: 'grace',
    NEEDS_OPERATOR: 'needs a person',
  } as const;
  const state = (word as Readonly<Record<string, string>>)[rotation.state] ?? `at ${rotation.state}`;
  return `${state} ${shortTime(rotation.updatedAt, now, timeZone)}`;
}

function verdictLine(list: SecretList, bold: (text: string) => string): string {
  const count = (status: SecretStatus['status']): number => list.secrets.filter((each) => each.status === status).length;
  const [fail, unknown, warn, pass] = [count('fail'), count('unknown') + list.notSeen.length, count('warn'), count('pass')];
  const verdict = fail > 0 ? 'critical' : unknown > 0 || list.secrets.length === 0 ? 'unknown' : warn > 0 ? 'warning' : 'healthy';
  const parts = [
    fail > 0 ? `${fail} critical` : '',
    unknown > 0 ? `${unknown} not seen` : '',
    warn > 0 ? plural(warn, 'warning') : '',
    `${pass} in time`,
  ];
  return `${bold(verdictWords[verdict])}   ${parts.filter(Boolean).join(' · ')}`;
}
