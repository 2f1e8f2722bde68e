import type { Config } from '../config/schema.ts';
import type { ScheduleFile } from './file.ts';
import type { Job } from './jobs.ts';
import { environmentFiles, type SystemdOptions } from './systemd.ts';

/** Lines for a user's own crontab. */
export function crontab(jobs: readonly Job[], config: Config, options: Omit<SystemdOptions, 'user'>): ScheduleFile[] {
  const { program, configFile, variables, notes } = options;
  const files = new Map(jobs.flatMap((job) => environmentFiles(job, variables)).map(({ path, names }) => [path, names]));
  const head = [
    ...notes,
    'For the crontab of the user that runs it: crontab -e',
    'No lock around the jobs: a rotation takes its own, and two diagnoses or reports do not disturb each other.',
    'cron mails what a job prints: a failed run of the first two, and the weekly report. MAILTO=ops@example.com says to whom.',
    ...[...files].map(([path, names]) => `${path}, mode 0600: ${names.join(', ')}; one NAME='value' a line, as a shell reads it.`),
    ...(config.timeZone === undefined ? [] : ['CRON_TZ is for cronie; other crons know the time zone of the machine alone.']),
  ];
  const entries = jobs.flatMap((job) => {
    const sources = environmentFiles(job, variables).map(({ path }) => `. ${path}; `);
    const environment = sources.length === 0 ? '' : `set -a; ${sources.join('')}set +a; `;
    const command = `${environment}${[program, '--config', configFile, ...job.args].map(word).join(' ')}`;
    return [
      '',
      ...job.why.map((line) => `# ${line}`),
      `${job.cron.text} ${escaped(job.name === 'cost' ? command : quietly(command, job))}`,
    ];
  });
  const text = [
    ...head.map((line) => `# ${line}`),
    'SHELL=/bin/sh',
    'PATH=/usr/local/bin:/usr/bin:/bin',
    ...(config.timeZone === undefined ? [] : [`CRON_TZ=${config.timeZone}`]),
    ...entries,
  ];
  return [{ name: 'agentops.crontab', text: `${text.join('\n')}\n`, mode: 0o644 }];
}

/** Nothing is mailed of a run that went well. */
function quietly(command: string, job: Job): string {
  const fine = job.alsoFine.map((code) => ` || [ $? -eq ${code} ]`).join('');
  return `said=$(${command} 2>&1)${fine} || printf '%s\\n' "$said"`;
}

/** cron reads an unescaped % as the end of the line. */
function escaped(command: string): string {
  return command.replaceAll('%', '\\%');
}

/** One word to a shell. */
function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
