import type { Command } from 'commander';

/** `agentops schedule`: names, options and help; the action imports its module when it runs. */
export function addScheduleCommand(program: Command): void {
  program
    .command('schedule')
    .description('print what runs secrets rotate, diagnose and cost report by the clock')
    .requiredOption('--target <target>', 'kubernetes, systemd, cron')
    .option('--only <names...>', 'secrets, diagnose, cost (default: what the configuration has work for)')
    .option('--dir <folder>', 'write files there instead of printing them')
    .option('--force', 'replace files that differ')
    .option('--secrets-schedule <cron>', 'five fields (default: "7 * * * *", hourly)')
    .option('--diagnose-schedule <cron>', 'five fields (default: "*/15 * * * *")')
    .option('--cost-schedule <cron>', 'five fields (default: "0 7 * * 1", Monday 07:00)')
    .option('-n, --namespace <name>', 'Kubernetes: where the jobs run', 'agentops')
    .option('--image <name>', 'Kubernetes: image (default: agentops with this version as its tag)')
    .option('--service-account <name>', 'Kubernetes: beginning of the accounts’ names', 'agentops')
    .option('--env-secret <name>', 'Kubernetes: Secret with what ${env:…} names', 'agentops-env')
    .option('--mount-secret <secret=folder...>', 'Kubernetes: Secrets whose keys are files in a folder')
    .option('--state-claim <name>', 'Kubernetes: volume claim that keeps the ledger of cost report')
    .option('--program <path>', 'systemd, cron: where agentops is', '/usr/local/bin/agentops')
    .option('--user <name>', 'systemd: who runs the jobs', 'agentops')
    .action(async (options, command) => (await import('./commands/schedule.ts')).schedule(options, command));
}
