import type { CheckResult, Finding } from '../../model/finding.ts';
import { duration, plural } from '../../model/format.ts';
import type { Report } from '../../model/report.ts';
import type { RenderOptions } from '../options.ts';
import { against, clockTime, countsLine, headTime, resourceName, severityWords, statusWords, verdictWords } from '../words.ts';
import { createPaint, type Paint } from './paint.ts';
import { columns, padEnd, printable, shortenMiddle, wrap } from './text.ts';

/** Findings a category shows without `--verbose`. */
const shownFindings = 8;
const indent = ' '.repeat(14);

interface Page {
  readonly report: Report;
  readonly options: RenderOptions;
  readonly paint: Paint;
  readonly fresh: ReadonlySet<string>;
}

/** The report for a terminal, as look.md sketches it: verdict, what is not well, what was not seen, exit code. */
export function renderTerminal(report: Report, options: RenderOptions): string {
  const before = options.previous && new Set(options.previous.findings.map((found) => found.fingerprint));
  const fresh = new Set(before ? report.findings.map((found) => found.fingerprint).filter((print) => !before.has(print)) : []);
  const page: Page = { report, options, paint: createPaint(options.color), fresh };
  const sections = [
    head(page),
    causes(page),
    ...categories(page),
    gone(page),
    notSeen(page),
    permissions(page),
    notLookedAt(page),
    foot(page),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function head({ report, options, paint }: Page): string[] {
  const where = [
    report.contexts.join(', '),
    report.namespaces.join(', '),
    headTime(report.startedAt, report.timeZone),
    duration(report.durationMs),
  ];
  const lab = report.lab
    ? [
        paint.magenta(
          `LAB${report.lab.scenario === 'unnamed' ? '' : ` ${report.lab.scenario}`}: a practice environment, none of this is real`,
        ),
      ]
    : [];
  const verdict = verdictWords[report.verdict];
  const colored = { healthy: paint.green, warning: paint.yellow, unknown: paint.magenta, critical: paint.red }[report.verdict](
    paint.bold(verdict),
  );
  const counts = wrap(countsLine(report), options.width - columns(verdict) - 3);
  return [
    ...lab,
    paint.dim(printable(where.filter(Boolean).join(' · '))),
    '',
    `${colored}   ${counts[0] ?? ''}`,
    ...counts.slice(1).map((line) => `${' '.repeat(columns(verdict))}   ${line}`),
  ];
}

function causes({ report, paint }: Page): string[] {
  if (report.causes.length === 0) return [];
  const lines = report.causes.flatMap((cause, index) => [
    `  ${index + 1}  ${padEnd(cause.title, 70)} ${cause.confidence.toFixed(2)}`,
    ...cause.evidence.map((line) => `     ${printable(line)}`),
    ...cause.against.map((line) => `     against: ${printable(line)}`),
    ...cause.next.map((line) => paint.dim(`     $ ${line}`)),
  ]);
  return [paint.bold('Likely cause'), ...lines];
}

function categories(page: Page): string[][] {
  const { report, options, paint } = page;
  const unwell = report.categories.filter((each) => each.checks.some((check) => check.findings.some((found) => found.severity !== 'info')));
  const rest = report.categories.filter((each) => !unwell.includes(each));
  const sections = unwell.map((each) => {
    const bad = each.checks.filter(
      (check) => check.status === 'fail' || check.status === 'warn' || check.findings.some((found) => found.severity !== 'info'),
    );
    const right = `${bad.length} of ${plural(each.checks.length, 'check')} not well`;
    return [
      titleLine(paint.bold(each.title), each.title, right, page),
      ...findingLines(each.checks, page),
      ...(options.quiet ? [] : factLines(each, page)),
      ...(options.verbose ? checkLines(each.checks, page) : []),
    ];
  });
  if (options.quiet) return sections;
  return [...sections, rest.flatMap((each) => wellLines(each, page))];
}

function titleLine(painted: string, plain: string, right: string, { options, paint }: Page): string {
  const gap = Math.max(2, Math.min(options.width, 100) - columns(plain) - columns(right));
  return `${painted}${' '.repeat(gap)}${paint.dim(right)}`;
}

function findingLines(checks: readonly CheckResult[], page: Page): string[] {
  const all = page.report.findings.filter(
    (found) =>
      checks.some((check) => check.id === found.id && check.findings.includes(found)) ||
      checks.some((check) => check.findings.some((each) => each.fingerprint === found.fingerprint)),
  );
  const visible = page.options.verbose ? all : all.filter((found) => found.severity !== 'info');
  const notes = all.length - visible.length;
  const shown = page.options.verbose ? visible : visible.slice(0, shownFindings);
  const subjectWidth = Math.min(Math.max(...shown.map((found) => columns(subject(found, page))), 8), Math.floor(page.options.width * 0.34));
  const seenWidth = Math.min(Math.max(...shown.map((found) => columns(printable(found.seen))), 6), Math.floor(page.options.width * 0.3));
  const lines = shown.flatMap((found) => findingLine(found, subjectWidth, seenWidth, page));
  const more = visible.length - shown.length;
  const hidden = [more > 0 ? `${more} more` : '', notes > 0 ? plural(notes, 'note') : ''].filter(Boolean).join(', ');
  return hidden ? [...lines, page.paint.dim(`${indent}${hidden}: --verbose shows all`)] : lines;
}

function subject(found: Finding, { report }: Page): string {
  const name = printable(resourceName(found.resource));
  return report.contexts.length > 1 && found.resource.context ? `${found.resource.context}: ${name}` : name;
}

function findingLine(found: Finding, subjectWidth: number, seenWidth: number, page: Page): string[] {
  const { paint, options, report } = page;
  const { icon, word } = severityWords[found.severity];
  const color = { critical: paint.red, warning: paint.yellow, info: paint.dim }[found.severity];
  const mark = page.fresh.has(found.fingerprint) ? ' (new)' : '';
  const seen = printable(found.seen) + (found.alsoOn ? `, and ${found.alsoOn} more` : '') + mark;
  const since = found.since
    ? `, since ${clockTime(found.since, report.startedAt, report.timeZone)} (${duration(Date.parse(report.startedAt) - Date.parse(found.since))})`
    : '';
  const held = printable(against(found)) + since;
  const name = padEnd(shortenMiddle(subject(found, page), subjectWidth), subjectWidth);
  const left = `  ${color(`${icon} ${padEnd(word, 9)}`)} ${name}  `;
  const leftWidth = 2 + 2 + 9 + 1 + subjectWidth + 2;
  const room = options.width - leftWidth;
  const oneLine = `${padEnd(seen, seenWidth)}  ${held}`;
  const lines: string[] = [];
  if (columns(oneLine) <= room) {
    lines.push(`${left}${padEnd(seen, seenWidth)}  ${paint.dim(held)}`.trimEnd());
  } else if (columns(seen) <= room) {
    lines.push(left + seen, ...wrap(held, options.width - indent.length).map((line) => indent + paint.dim(line)));
  } else {
    lines.push(
      left.trimEnd(),
      ...[...wrap(seen, options.width - indent.length), ...wrap(held, options.width - indent.length).map(paint.dim)].map(
        (line) => indent + line,
      ),
    );
  }
  if (options.verbose && found.detail)
    lines.push(...wrap(found.detail, options.width - indent.length).map((line) => indent + paint.dim(line)));
  const commands = options.verbose ? found.next : found.next.slice(0, 1);
  lines.push(...commands.map((command) => `${indent}${paint.dim('$')} ${printable(command)}`));
  return lines;
}

function checkLines(checks: readonly CheckResult[], { paint }: Page): string[] {
  return checks.map((check) => {
    const { icon, word } = statusWords[check.status];
    const where = check.context ? ` · ${check.context}` : '';
    const examined = check.examined ? ` · ${plural(check.examined.count, check.examined.noun)}` : '';
    return paint.dim(`    ${icon} ${padEnd(word, 9)} ${check.id}${where}${examined}${check.note ? ` · ${printable(check.note)}` : ''}`);
  });
}

/** What is well takes a line a category, not a line a check. */
function wellLines(each: Report['categories'][number], page: Page): string[] {
  const { paint, options } = page;
  const { icon } = statusWords[each.status];
  const color = each.status === 'pass' ? paint.green : each.status === 'unknown' ? paint.magenta : paint.dim;
  const line = `${color(icon)} ${padEnd(each.title, 15)} ${paint.dim(categorySummary(each.checks))}`;
  return [
    line,
    ...factLines(each, page),
    ...(options.verbose ? [...findingLines(each.checks, page), ...checkLines(each.checks, page)] : []),
  ];
}

function categorySummary(checks: readonly CheckResult[]): string {
  const of = (status: CheckResult['status']): number => checks.filter((check) => check.status === status).length;
  const notes = checks.flatMap((check) => check.findings).length;
  const examined = new Map<string, number>();
  for (const { examined: what } of checks)
    if (what && what.count > 0) examined.set(what.noun, Math.max(examined.get(what.noun) ?? 0, what.count));
  const looked = [...examined]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 3)
    .map(([noun, count]) => plural(count, noun));
  const parts = [
    of('pass') > 0 ? `${of('pass')} passed` : '',
    of('unknown') > 0 ? `${of('unknown')} not seen` : '',
    of('skipped') > 0 ? `${of('skipped')} skipped` : '',
    notes > 0 ? plural(notes, 'note') : '',
    ...looked,
  ];
  return parts.filter(Boolean).join(' · ');
}

/** Categories whose figures are worth a line though nothing is wrong; the others' wait for `--verbose`. */
const alwaysShown: readonly string[] = ['performance', 'budget'];

/** One line a label: `throughput: code-gen 0.3 requests/s · planner 0.2 requests/s`. */
function factLines(each: Report['categories'][number], { paint, options }: Page): string[] {
  if (!options.verbose && !alwaysShown.includes(each.id)) return [];
  const groups = new Map<string, string[]>();
  for (const { label, resource, text } of each.checks.flatMap((check) => check.facts)) {
    const value = printable(resource ? `${resourceName(resource)} ${text}` : text);
    groups.set(label, [...(groups.get(label) ?? []), value]);
  }
  return [...groups].flatMap(([label, values]) => {
    const shown = options.verbose ? values : values.slice(0, 6);
    const more = values.length > shown.length ? [`${values.length - shown.length} more`] : [];
    return wrap(`${label}: ${[...shown, ...more].join(' · ')}`, options.width - 6).map((line, index) =>
      paint.dim(`${index === 0 ? '    ' : '      '}${line}`),
    );
  });
}

function gone({ report, options, paint }: Page): string[] {
  const now = new Set(report.findings.map((found) => found.fingerprint));
  const resolved = (options.previous?.findings ?? []).filter((found) => found.severity !== 'info' && !now.has(found.fingerprint));
  if (resolved.length === 0) return [];
  return [
    paint.bold('No longer found'),
    ...resolved.map((found) => `  ${paint.green('✔')} ${resourceName(found.resource)}  ${printable(found.seen)}`),
  ];
}

function notSeen({ report, options, paint }: Page): string[] {
  if (report.notSeen.length === 0) return [];
  const several = report.contexts.length > 1;
  const lines = report.notSeen.flatMap((each) => {
    const where = several && each.context ? `${each.context}: ` : '';
    const first = wrap(`${where}${each.source}: ${each.detail}`, options.width - 4);
    const what = `${plural(each.checks.length, 'check')} not answered: ${each.checks.join(', ')}`;
    const tail = options.verbose ? wrap(what, options.width - 6) : [shortList(each.checks, options.width - 6)];
    return [
      `  ${paint.magenta('?')} ${first[0] ?? ''}`,
      ...first.slice(1).map((line) => `    ${line}`),
      ...tail.map((line) => paint.dim(`      ${line}`)),
      ...(each.hint && !each.missing ? wrap(each.hint, options.width - 6).map((line) => `      ${line}`) : []),
    ];
  });
  return [paint.bold('Not seen'), ...lines, paint.dim('    so this run can’t be healthy')];
}

function shortList(names: readonly string[], width: number): string {
  let text = `${plural(names.length, 'check')} not answered: `;
  for (const [index, name] of names.entries()) {
    const next = `${text}${index === 0 ? '' : ', '}${name}`;
    if (columns(next) > width - 2) return `${text}…`;
    text = next;
  }
  return text;
}

function permissions({ report, options, paint }: Page): string[] {
  if (report.missingPermissions.length === 0) return [];
  const lines = report.missingPermissions.map(({ verb, group, resource, namespace, context }) => {
    const scope = namespace ? `in namespace ${namespace}` : 'cluster-wide';
    return `  ${verb} ${resource}${group ? `.${group}` : ''} ${scope}${report.contexts.length > 1 ? ` (${context})` : ''}`;
  });
  const manifest = options.verbose
    ? report.permissionManifest.split('\n').map((line) => `    ${line}`)
    : [paint.dim('  restore them: agentops diagnose -o json | jq -r .permissionManifest | kubectl apply -f - (--verbose prints it)')];
  return [paint.bold('Missing permissions'), ...lines, ...manifest];
}

function notLookedAt({ report, options, paint }: Page): string[] {
  if (report.notLookedAt.length === 0 || options.quiet) return [];
  const lines = report.notLookedAt.flatMap(({ what, hint, checks }) => {
    const wrapped = wrap(`${what}: ${hint} (${plural(checks.length, 'check')} skipped)`, options.width - 4);
    return wrapped.map((line, index) => (index === 0 ? `  - ${line}` : `    ${line}`));
  });
  return [paint.bold('Not looked at'), ...lines.map((line) => paint.dim(line))];
}

function foot({ report, paint }: Page): string[] {
  const first = report.findings[0];
  const parts = [`exit ${report.exitCode}`, first ? first.explain : '', report.lab ? 'lab' : ''];
  const { checks } = report.counts;
  const nothing = Object.values(checks).reduce((sum, count) => sum + count, 0) === (checks.skipped ?? 0);
  const start = ['nothing was looked at: agentops init finds what is there, agentops lab is for practice'];
  return [...(nothing ? start : []), paint.dim(parts.filter(Boolean).join(' · '))];
}
