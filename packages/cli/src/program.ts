import { enableCompileCache } from 'node:module';
import { Command } from 'commander';
import { addCostCommands } from './program-cost.ts';
import { addScheduleCommand } from './program-schedule.ts';
import { addSecretsCommands } from './program-secrets.ts';
import { version } from './version.ts';

/**
 * The command tree. Only names, options and help texts live here: each action
 * imports its command's module when it runs, so that `--help` stays quick.
 */
export function createProgram(): Command {
  const program = new Command('agentops')
    .description('Says what is broken on a platform of LLM agents on Kubernetes, on what evidence, and what could not be seen.')
    .version(version)
    .option('--config <file>', 'configuration file (default: AGENTOPS_CONFIG, agentops.yaml upwards from here, the user’s config folder)')
    .option('--no-color', 'no colour (also NO_COLOR)')
    .option('-v, --verbose', 'more detail')
    .option('-q, --quiet', 'only what is wrong')
    .exitOverride()
    // Compiled code is kept for what a command loads; help and version are quicker without.
    .hook('preAction', () => void enableCompileCache())
    .showSuggestionAfterError()
    .configureOutput({
      outputError: (text, write) =>
        write(
          `${text
            .trim()
            .replace(/^error: /, 'agentops: ')
            .replaceAll(/\s*\n\s*/g, ' ')}\n`,
        ),
    })
    .configureHelp({ sortSubcommands: false })
    .addHelpText('after', '\nExit codes: 0 healthy, 1 warning, 2 critical, 3 could not be determined, 4 usage or internal error.');

  program
    .command('init')
    .description('find what is there (kubeconfig, Prometheus, Redis, Vault) and write a commented agentops.yaml')
    .option('--file <path>', 'where to write it', 'agentops.yaml')
    .option('--dry-run', 'print it instead of writing it')
    .option('--force', 'replace an existing file')
    .option('--context <name>', 'Kubernetes context to look into')
    .option('--timeout <duration>', 'how long to look', '10s')
    .action(async (options, command) => (await import('./commands/init.ts')).init(options, command));

  program
    .command('diagnose')
    .description('say what is broken, the evidence, what to do next, and what could not be seen')
    .option('--only <names...>', 'categories or check ids (comma or space between)')
    .option('-n, --namespace <names...>', 'Kubernetes namespaces (default: all)')
    .option('--context <names...>', 'Kubernetes contexts (default: the current one)')
    .option('--timeout <duration>', 'deadline of the run (default: 20s)')
    .option('-o, --output <format>', 'table, json, yaml, markdown, html, junit, sarif, prometheus', 'table')
    .option('--fail-on <verdict>', 'least verdict with an exit code of its own: warning, unknown, critical, never', 'warning')
    .option('-w, --watch [interval]', 'run again and again, every 30s or as given (json: one document a line)')
    .action(async (options, command) => (await import('./commands/diagnose.ts')).diagnoseCommand(options, command));

  program
    .command('checks')
    .argument('[list]', 'may be left out')
    .description('list the checks')
    .option('-o, --output <format>', 'table, json', 'table')
    .action(async (_word, options, command) => (await import('./commands/checks.ts')).listChecks(options, command));

  program
    .command('explain')
    .argument('<id>', 'check or finding id, e.g. performance/error-ratio')
    .description('what a check looks at, why it matters, its settings, what to do')
    .option('-o, --output <format>', 'text, json', 'text')
    .action(async (id, options, command) => (await import('./commands/explain.ts')).explain(id, options, command));

  program
    .command('rbac')
    .description('print the least permissions that commands need: Kubernetes manifests, or a Vault policy')
    .option('--for <command>', 'diagnose, cost, secrets, schedule, all', 'diagnose')
    .option('--vault', 'a policy for Vault or OpenBao instead')
    .option('--only <names...>', 'categories or check ids (of diagnose)')
    .option('-n, --namespace <names...>', 'Roles for these namespaces instead of a ClusterRole (of diagnose)')
    .option('--service-account <namespace/name>', 'bind them to this service account')
    .action(async (options, command) => (await import('./commands/rbac.ts')).rbac(options, command));

  addScheduleCommand(program);
  addCostCommands(program.command('cost').description('what model usage costs: report, forecast, advice'));
  addSecretsCommands(program.command('secrets').description('how old secrets are, and rotating them without downtime'));

  const config = program.command('config').description('about agentops.yaml');
  config
    .command('schema')
    .description('print the JSON Schema of agentops.yaml, for editors')
    .action(async () => (await import('./commands/config.ts')).printSchema());
  config
    .command('reference')
    .description('print the reference of every setting, as Markdown')
    .action(async () => (await import('./commands/config.ts')).printReference());
  config
    .command('check')
    .description('read the configuration and say where it is wrong')
    .action(async (_options, command) => (await import('./commands/config.ts')).checkConfig(command));

  program
    .command('lab')
    .argument('[scenario]', 'which fault to practise on; "list" names them')
    .description('open a practice environment with a known fault in it')
    .option('--diagnose', 'run diagnose against it and close it again')
    .option('--cost', 'run cost report on its last seven days and close it again')
    .option('-o, --output <format>', 'output format of --diagnose or --cost', 'table')
    .option('--fail-on <verdict>', 'as for diagnose', 'warning')
    .action(async (scenario, options, command) => (await import('./commands/lab.ts')).lab(scenario, options, command));

  program
    .command('completion')
    .argument('<shell>', 'bash, zsh or fish')
    .description('print a completion script for your shell')
    .action(async (shell) => (await import('./commands/completion.ts')).completion(shell, program));

  return program;
}
