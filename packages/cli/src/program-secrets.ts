import type { Command } from 'commander';

/** `agentops secrets …`: names, options and help; each action imports its module when it runs. */
export function addSecretsCommands(secrets: Command): void {
  secrets.addHelpText(
    'after',
    `
Exit codes of list: 0 in time, 1 due, 2 critical, 3 not seen, 4 usage.
Exit codes of verify: 0 well, 2 refused or differs, 3 not seen, 4 usage.
Exit codes of rotate, resume and rollback: 0 done or nothing to do, 2 failed, or rolled
back unasked, 3 a person is needed, stopped or not seen, 4 refused, declined or
usage, 5 another process is at it.
No command prints a value, but get --reveal.`,
  );

  withTimeout(
    secrets
      .command('list')
      .description('age, due date and last rotation of each configured secret; reads no value')
      .option('-o, --output <format>', 'table, json, prometheus', 'table')
      .option('--fail-on <verdict>', 'least verdict with an exit code of its own: warning, unknown, critical, never', 'warning'),
  ).action(async (options, command) => (await import('./commands/secrets-list.ts')).secretsList(options, command));

  withRun(
    secrets
      .command('rotate')
      .argument('[names...]', 'secrets as agentops.yaml names them')
      .description('rotate secrets, or show what that would do')
      .option('--due', 'what is due and within its window; goes on with what was begun first')
      .option('--all', 'every secret that has an issuer')
      .option('--dry-run', 'show the plan; nothing is touched')
      .option('--yes', 'do not ask')
      .option('--accept-downtime', 'rotate where old and new value cannot be valid at once')
      .option('--stdin', 'read the new value from standard input (or a hidden prompt), where the issuer makes none'),
  ).action(async (names, options, command) => (await import('./commands/secrets-rotate.ts')).secretsRotate(names, options, command));

  withRun(
    secrets
      .command('resume')
      .argument('<name>', 'secret')
      .description('go on with a rotation that was begun, or end its grace')
      .option('--revoked', 'the old value was revoked by hand, where nothing can prove it')
      .option('--accept-downtime', 'as for rotate')
      .option('--stdin', 'as for rotate, where it was stopped before the new value was stored'),
  ).action(async (name, options, command) => (await import('./commands/secrets-resume.ts')).secretsResume(name, options, command));

  withRun(
    secrets
      .command('rollback')
      .argument('<name>', 'secret')
      .description('go back to the old value, as long as it is not revoked')
      .option('--yes', 'do not ask'),
  ).action(async (name, options, command) => (await import('./commands/secrets-rollback.ts')).secretsRollback(name, options, command));

  withTimeout(
    secrets
      .command('abandon')
      .argument('<name>', 'secret')
      .description('leave a stuck rotation as it stands, for good; says what stays behind')
      .option('--yes', 'do it')
      .option('-o, --output <format>', 'table, json, prometheus', 'table'),
  ).action(async (name, options, command) => (await import('./commands/secrets-abandon.ts')).secretsAbandon(name, options, command));

  withTimeout(
    secrets
      .command('history')
      .argument('[name]', 'secret; default all of them')
      .description('who rotated what and when, and how long each step took')
      .option('--audit', 'the hash-chained audit records as JSON lines; exit 2 where the chain is broken')
      .option('-o, --output <format>', 'table, json, jsonl (default: table; with --audit jsonl)'),
  ).action(async (name, options, command) => (await import('./commands/secrets-history.ts')).secretsHistory(name, options, command));

  withTimeout(
    secrets
      .command('verify')
      .argument('[names...]', 'secrets; default all of them')
      .description('is the present value accepted, and held by every consumer; reads values')
      .option('-o, --output <format>', 'table, json', 'table'),
  ).action(async (names, options, command) => (await import('./commands/secrets-verify.ts')).secretsVerify(names, options, command));

  withTimeout(
    secrets
      .command('store')
      .argument('<name>', 'secret, or mount/path')
      .description('store a value from standard input (or a hidden prompt) as a new version')
      .option('--field <name>', 'field; default that of the secret, else "value"; the others are kept')
      .option('--yes', 'do not ask before writing over a version'),
  ).action(async (name, options, command) => (await import('./commands/secrets-store.ts')).secretsStore(name, options, command));

  withTimeout(
    secrets
      .command('get')
      .argument('<name>', 'secret, or mount/path')
      .description('hand a value to a file, a FIFO or Kubernetes; leaves an audit record')
      .option('--field <name>', 'field; default that of the secret, else "value"')
      .option('--to-file <path>', 'mode 0600, replaced as a whole; or a FIFO that is there')
      .option('--to-kubernetes <target>', 'NAMESPACE/SECRET, or NAMESPACE/SECRET:KEY')
      .option('--reveal', 'print it: it will stay in the scrollback of your terminal'),
  ).action(async (name, options, command) => (await import('./commands/secrets-get.ts')).secretsGet(name, options, command));
}

function withRun(command: Command): Command {
  return withTimeout(command)
    .option('--wait', 'stay until the grace is over and the old value is revoked')
    .option('-o, --output <format>', 'table, json, prometheus', 'table');
}

function withTimeout(command: Command): Command {
  return command.option('--timeout <duration>', 'deadline, such as 30s or 2h (default: that of the configuration)');
}
