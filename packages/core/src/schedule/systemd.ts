import { dirname } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Variables } from './config-text.ts';
import { onCalendar } from './cron-expression.ts';
import type { ScheduleFile } from './file.ts';
import type { Job } from './jobs.ts';

export interface SystemdOptions {
  /** Absolute path of `agentops`. */
  readonly program: string;
  readonly user: string;
  /** Absolute path of the configuration. */
  readonly configFile: string;
  readonly variables: Variables;
  /** Lines for the top of each file. */
  readonly notes: readonly string[];
}

/** Where a machine keeps values of `${env:…}`, with the names that are looked for there. */
export function environmentFiles(job: Job, variables: Variables): { readonly path: string; readonly names: readonly string[] }[] {
  const files = [
    { path: '/etc/agentops/environment', names: variables.all },
    { path: '/etc/agentops/rotation-environment', names: job.name === 'secrets' ? variables.rotation : [] },
  ];
  return files.filter(({ names }) => names.length > 0);
}

/** A service and a timer a job. */
export function systemdUnits(jobs: readonly Job[], config: Config, options: SystemdOptions): ScheduleFile[] {
  return jobs.flatMap((job) => [
    { name: `agentops-${job.name}.service`, text: service(job, config, options), mode: 0o644 },
    { name: `agentops-${job.name}.timer`, text: timer(job, config.timeZone, options), mode: 0o644 },
  ]);
}

function service(job: Job, config: Config, { program, user, configFile, variables, notes }: SystemdOptions): string {
  const words = [program, '--config', configFile, ...job.args].map(word).join(' ');
  const environment = environmentFiles(job, variables);
  const writable = job.name === 'secrets' ? consumerFolders(config) : [];
  return lines(
    comment([...notes, ...job.why]),
    `[Unit]
Description=agentops: ${job.title}
Wants=network-online.target
After=network-online.target
# Who is told when it fails: OnFailure=UNIT

[Service]
Type=oneshot
User=${user}
ExecStart=${words}`,
    environment.length === 0
      ? ''
      : `# One NAME=value a line, mode 0600. Or keep a value out of the environment:
#   LoadCredential=NAME:/path, and \${file:/run/credentials/agentops-${job.name}.service/NAME} in agentops.yaml`,
    ...environment.map(({ path, names }) => `# ${names.join(', ')}\nEnvironmentFile=${path}`),
    job.alsoFine.length === 0 ? '' : `# Another process is at it: no failure of this job.\nSuccessExitStatus=${job.alsoFine.join(' ')}`,
    `# The run's own deadline comes before this one.
TimeoutStartSec=${job.limitSeconds}
# Told to stop, it stops ${job.name === 'secrets' ? 'as after Ctrl-C: at the next safe boundary; the next run goes on' : 'at once'}.
KillSignal=SIGINT
KillMode=mixed
TimeoutStopSec=${job.graceSeconds}
# The ledger and what else is remembered: /var/lib/agentops
StateDirectory=agentops
StateDirectoryMode=0700
Environment=XDG_STATE_HOME=%S
UMask=0077
NoNewPrivileges=yes
ProtectSystem=strict`,
    writable.length === 0 ? '' : `# Consumers of type file.\nReadWritePaths=${writable.map(word).join(' ')}`,
    // Not hidden: sources of usage may lie in a home.
    `ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
CapabilityBoundingSet=
# A core dump would hold values. (No MemoryDenyWriteExecute: Node compiles while it runs.)
LimitCORE=0`,
  );
}

function timer(job: Job, timeZone: string | undefined, { notes }: SystemdOptions): string {
  return lines(
    comment(notes),
    `[Unit]
Description=agentops: when to ${job.title}

[Timer]
OnCalendar=${onCalendar(job.option, job.cron, timeZone)}
RandomizedDelaySec=${job.spreadSeconds}
# A run that was missed while the machine was off is made up for.
Persistent=true

[Install]
WantedBy=timers.target`,
  );
}

/** Folders of files that a rotation replaces: it renames a new one over the old. */
function consumerFolders(config: Config): string[] {
  const folders = config.secrets.flatMap(({ consumers }) =>
    consumers.flatMap((each) => (each.type === 'file' ? [dirname(each.path)] : [])),
  );
  return [...new Set(folders)].sort();
}

function lines(...parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n')}\n`;
}

function comment(texts: readonly string[]): string {
  return texts.map((text) => `# ${text}`).join('\n');
}

/** One word of a unit file: `%` begins a specifier and `$` a variable, spaces and quotes would end it. */
function word(text: string): string {
  const plain = text.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@%+=:,./$-]+$/.test(plain) ? plain : `"${plain.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
