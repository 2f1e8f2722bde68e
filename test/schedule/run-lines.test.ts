import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../packages/core/src/config/load.ts';
import type { ScheduleFile } from '../../packages/core/src/schedule/file.ts';
import { scheduleFiles } from '../../packages/core/src/schedule/schedule.ts';

const folder = mkdtempSync(join(tmpdir(), 'agentops-schedule-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Ends with the code that EXIT names, after it has said its arguments. */
const program = join(folder, 'it’s $HOME 100%', 'agentops');
mkdirSync(join(program, '..'));
writeFileSync(program, '#!/bin/sh\necho "ran $*"\nexit "${EXIT:-0}"\n');
chmodSync(program, 0o755);

const text = `secrets:
  - name: a
    vault: { mount: kv, path: a }
    issuer: { type: random }
    consumers: [{ type: file, path: /etc/agent/keys/a }]
`;

function made(target: 'systemd' | 'cron', path = program): readonly ScheduleFile[] {
  const file = '/etc/agentops/agentops.yaml';
  const config = parseConfig(text, 'agentops.yaml', file, { env: {}, home: '/nonexistent' });
  const kubernetes = { namespace: 'x', image: 'x', serviceAccount: 'x', envSecret: 'x', mounts: [], stateClaim: undefined };
  const request = { target, only: [], schedules: {}, kubernetes, machine: { program: path, user: 'root' } };
  return scheduleFiles(request, { config, file, shown: 'agentops.yaml', text });
}

describe('lines of a crontab, run as cron runs them', () => {
  const lines = (made('cron')[0]?.text ?? '').split('\n').filter((line) => /^[\d*]/.test(line));

  /** Five fields off, \% is %. */
  function run(line: string | undefined, exit: number): { status: number | null; stdout: string } {
    const command = (line ?? '').split(' ').slice(5).join(' ').replaceAll('\\%', '%');
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', EXIT: String(exit) },
    });
    expect(stderr).toBe('');
    return { status, stdout };
  }

  it('say nothing of what went well, and everything of what did not', () => {
    const [secrets, diagnose, cost] = lines;
    const config = '--config /etc/agentops/agentops.yaml';
    expect(run(secrets, 0)).toEqual({ status: 0, stdout: '' });
    expect(run(secrets, 5)).toEqual({ status: 0, stdout: '' });
    expect(run(secrets, 2)).toEqual({ status: 0, stdout: `ran ${config} secrets rotate --due --yes\n` });
    expect(run(diagnose, 0)).toEqual({ status: 0, stdout: '' });
    expect(run(diagnose, 5).stdout).toBe(`ran ${config} diagnose --fail-on unknown\n`);
    expect(run(cost, 0)).toEqual({ status: 0, stdout: `ran ${config} cost report --period last-week -o markdown\n` });
    expect(lines).toHaveLength(3);
  });
});

describe('systemd', () => {
  const units = made('systemd');

  it('a service and a timer a job', () => {
    expect(units.map(({ name }) => name)).toEqual(
      ['secrets', 'diagnose', 'cost'].flatMap((job) => [`agentops-${job}.service`, `agentops-${job}.timer`]),
    );
    const text = (name: string): string => units.find((unit) => unit.name === name)?.text ?? '';
    expect(text('agentops-secrets.service')).toContain('\nSuccessExitStatus=5\n');
    expect(text('agentops-secrets.service')).toContain('\nReadWritePaths=/etc/agent/keys\n');
    expect(text('agentops-secrets.service')).toContain('\nTimeoutStartSec=3900\n');
    expect(text('agentops-diagnose.service')).not.toMatch(/SuccessExitStatus|ReadWritePaths|EnvironmentFile/);
    expect(text('agentops-cost.timer')).toContain('\nOnCalendar=Mon *-*-* 07:00:00\n');
    expect(text('agentops-cost.service')).toContain('100%%/agentops" --config /etc/agentops/agentops.yaml cost report');
    expect(text('agentops-cost.service')).toContain('$$HOME');
  });

  // Not in every system: where it is missing, what needs it is skipped.
  const analyzer = 'systemd-analyze';
  const analyze = spawnSync(analyzer, ['--version']).status === 0;
  it.skipIf(!analyze)('takes the units as they are (skipped where systemd-analyze is not installed)', () => {
    const plain = join(folder, 'agentops');
    writeFileSync(plain, '#!/bin/sh\n', { mode: 0o755 });
    const files = made('systemd', plain).map(({ name, text: unit }) => {
      const path = join(folder, name);
      writeFileSync(path, unit);
      return path;
    });
    const { status, stdout, stderr } = spawnSync(analyzer, ['verify', '--man=no', ...files], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it.skipIf(!analyze)('and exposes little to them, by systemd’s own measure', () => {
    const path = join(folder, 'agentops-secrets.service');
    writeFileSync(path, units[0]?.text ?? '');
    const { status, stdout } = spawnSync(analyzer, ['security', '--offline=yes', '--no-pager', '--threshold=45', path], {
      encoding: 'utf8',
    });
    expect({ status, last: stdout.trim().split('\n').at(-1) }).toMatchObject({ status: 0 });
  });
});
