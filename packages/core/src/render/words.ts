import type { CheckStatus, Finding, Resource } from '../model/finding.ts';
import { plural } from '../model/format.ts';
import type { Report, Verdict } from '../model/report.ts';

/** One vocabulary, everywhere: icon and word, colour third. */
export const severityWords = {
  critical: { icon: '✖', word: 'critical' },
  warning: { icon: '!', word: 'warning' },
  info: { icon: '·', word: 'note' },
} as const satisfies Record<Finding['severity'], { icon: string; word: string }>;

export const statusWords = {
  fail: { icon: '✖', word: 'critical' },
  warn: { icon: '!', word: 'warning' },
  unknown: { icon: '?', word: 'not seen' },
  pass: { icon: '✔', word: 'passed' },
  skipped: { icon: '-', word: 'skipped' },
} as const satisfies Record<CheckStatus, { icon: string; word: string }>;

export const verdictWords: Readonly<Record<Verdict, string>> = {
  healthy: 'HEALTHY',
  warning: 'WARNING',
  unknown: 'NOT SEEN',
  critical: 'CRITICAL',
};

/** `2 critical · 3 warnings · 1 not seen · 41 passed`: findings by severity, then checks by status. */
export function countsLine(report: Report): string {
  const { critical, warning, info, suppressed, checks } = report.counts;
  const parts = [
    critical > 0 ? `${critical} critical` : '',
    warning > 0 ? plural(warning, 'warning') : '',
    info > 0 ? plural(info, 'note') : '',
    (checks.unknown ?? 0) > 0 ? `${plural(checks.unknown ?? 0, 'check')} not seen` : '',
    `${checks.pass ?? 0} passed`,
    (checks.skipped ?? 0) > 0 ? `${checks.skipped} skipped` : '',
    suppressed > 0 ? `${suppressed} suppressed` : '',
  ];
  return parts.filter(Boolean).join(' · ');
}

/** What a finding is about, short: `agents/code-gen`, `node-3`, `redis cache:6379`. The context is left to the caller. */
export function resourceName(resource: Resource): string {
  const name = resource.namespace ? `${resource.namespace}/${resource.name}` : resource.name;
  return resource.container && resource.container !== resource.name ? `${name} (${resource.container})` : name;
}

/** What was seen is held against: `over 5 %` reads by itself, a wanted state is called so. */
export function against(found: Finding): string {
  const { expected } = found;
  return expected === '' || /^(over|under|a choice|a leftover) /.test(expected) ? expected : `expected: ${expected}`;
}

/** `21 Nov 14:07:31 CET` in the reader's time zone. */
export function headTime(iso: string, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: '2-digit',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
    timeZoneName: 'short',
  }).formatToParts(new Date(iso));
  const part = (type: string): string => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('day')} ${part('month')} ${part('hour')}:${part('minute')}:${part('second')} ${part('timeZoneName')}`;
}

/** `14:03` today, `20 Nov 14:03` before, in the reader's time zone. */
export function clockTime(iso: string, now: string, timeZone: string): string {
  const day = (text: string): string => new Intl.DateTimeFormat('en-CA', { timeZone }).format(new Date(text));
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hour12: false }).format(new Date(iso));
  if (day(iso) === day(now)) return time;
  return `${new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short' }).format(new Date(iso))} ${time}`;
}
