import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { onCalendar, parseCron } from '../../packages/core/src/schedule/cron-expression.ts';

const calendars: [string, string][] = [
  ['* * * * *', '*-*-* *:*:00'],
  ['7 * * * *', '*-*-* *:07:00'],
  ['*/15 * * * *', '*-*-* *:00/15:00'],
  ['0 7 * * 1', 'Mon *-*-* 07:00:00'],
  ['0 7 * * 0', 'Sun *-*-* 07:00:00'],
  ['0 7 * * 7', 'Sun *-*-* 07:00:00'],
  ['0 7 * * mon-FRI', 'Mon,Tue,Wed,Thu,Fri *-*-* 07:00:00'],
  ['30 22 1,15 * *', '*-*-01,15 22:30:00'],
  ['0 8-18 * jan,jul *', '*-01,07-* 08..18:00:00'],
  ['0 8-18/4 * * *', '*-*-* 08,12,16:00:00'],
  ['10-59/20 4 * * *', '*-*-* 04:10/20:00'],
  ['  5   4  *  *  * ', '*-*-* 04:05:00'],
  ['@daily', '*-*-* 00:00:00'],
  ['@weekly', 'Sun *-*-* 00:00:00'],
];

describe('a schedule of five fields', () => {
  it.each(calendars)('%s is %s to systemd', (cron, expected) => {
    expect(onCalendar('--x', parseCron('--x', cron), undefined)).toBe(expected);
  });

  it.each([
    ['  5   4  *  *  * ', '5 4 * * *'],
    ['@hourly', '0 * * * *'],
    ['0 7 * * 7', '0 7 * * 0'],
    ['0 7 * * 5-7', '0 7 * * 0,5,6'],
    ['0 7 * * mon-fri', '0 7 * * mon-fri'],
  ])('%s is written as %s, which Kubernetes knows too', (cron, text) => {
    expect(parseCron('--x', cron).text).toBe(text);
  });

  it('with a time zone', () => {
    expect(onCalendar('--x', parseCron('--x', '0 7 * * 1'), 'Europe/Berlin')).toBe('Mon *-*-* 07:00:00 Europe/Berlin');
  });

  // Not in every system: where it is missing, what needs it is skipped.
  const analyzer = 'systemd-analyze';
  const analyze = spawnSync(analyzer, ['--version']).status === 0;
  it.skipIf(!analyze)('systemd reads each of them (skipped where systemd-analyze is not installed)', () => {
    for (const [, calendar] of calendars) {
      for (const zone of ['', ' Europe/Berlin']) {
        const { status, stderr } = spawnSync(analyzer, ['calendar', `${calendar}${zone}`], { encoding: 'utf8' });
        expect({ calendar, status, stderr }).toMatchObject({ status: 0 });
      }
    }
  });

  it.each([
    ['', 'is not a schedule of five fields (such as "7 * * * *" or @daily)'],
    ['* * * *', 'is not a schedule of five fields (such as "7 * * * *" or @daily)'],
    ['@reboot', 'is not a schedule of five fields (such as "7 * * * *" or @daily)'],
    ['60 * * * *', '"60" is no minute (0 to 59, *, lists, ranges, steps such as */15)'],
    ['5/10 * * * *', '"5/10" is no minute (0 to 59, *, lists, ranges, steps such as */15)'],
    ['*/0 * * * *', '"*/0" is no minute (0 to 59, *, lists, ranges, steps such as */15)'],
    ['0 24 * * *', '"24" is no hour (0 to 23, *, lists, ranges, steps such as */15)'],
    ['0 5-3 * * *', '"5-3" is no hour (0 to 23, *, lists, ranges, steps such as */15)'],
    ['0 0 0 * *', '"0" is no day of a month (1 to 31, *, lists, ranges, steps such as */15)'],
    ['0 0 * foo *', '"foo" is no month (1 to 12, *, lists, ranges, steps such as */15)'],
    ['0 0 * 0 *', '"0" is no month (1 to 12, *, lists, ranges, steps such as */15)'],
    ['0 0 * * mo', '"mo" is no day of the week (0 to 7, *, lists, ranges, steps such as */15)'],
    ['0 0 * * 1,', '"1," is no day of the week (0 to 7, *, lists, ranges, steps such as */15)'],
  ])('"%s" is none', (cron, line) => {
    expect(() => parseCron('--cost-schedule', cron)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining('--cost-schedule: ') }) as Error,
    );
    try {
      parseCron('--cost-schedule', cron);
    } catch (error) {
      expect((error as { oneLine(): string }).oneLine()).toContain(line);
    }
  });

  it('either of two days is nothing that systemd can say', () => {
    const cron = parseCron('--x', '0 0 13 * 5');
    expect(() => onCalendar('--x', cron, undefined)).toThrow('systemd cannot say');
  });
});
