import type { Command } from 'commander';

/** `agentops cost …`: names, options and help; each action imports its module when it runs. */
export function addCostCommands(cost: Command): void {
  withPeriod(
    cost
      .command('report')
      .description('spend of a period by model, agent, session…: totals, change, forecast, what stands out, what could be saved'),
  )
    .option('--compare <span>', 'what to compare with: previous, previous-year, or dates such as 2026-10-01..2026-10-07', 'previous')
    .option('--by <dimensions...>', 'source, model, agent, session, task, project (default: model agent)')
    .option('--no-advice', 'leave the savings out')
    .option('-o, --output <format>', 'table, json, csv, markdown, html, focus', 'table')
    .action(async (options, command) => (await import('./commands/cost-report.ts')).costReport(options, command));

  withLedger(
    cost
      .command('forecast')
      .description('what the rest of the month will cost, or the next days; exit 3 where the records are too few to say'),
  )
    .option('--days <n>', 'this many whole days from tomorrow on')
    .option('-o, --output <format>', 'table, json', 'table')
    .action(async (options, command) => (await import('./commands/cost-forecast.ts')).costForecast(options, command));

  withLedger(cost.command('trend').description('spend day by day, its slope, the days that stand out'))
    .option('--days <n>', 'this many whole days up to yesterday', '28')
    .option('-o, --output <format>', 'table, json', 'table')
    .action(async (options, command) => (await import('./commands/cost-trend.ts')).costTrend(options, command));

  cost
    .command('ingest')
    .argument('[paths...]', 'files, folders or globs instead of what is configured; - is standard input')
    .description('read what is new of every source, and say what became of its lines')
    .option('--format <name>', 'format of the paths (default: by their content)')
    .option('--listen [address]', 'receive OTLP/HTTP (JSON), on 127.0.0.1:4318 or as given, until Ctrl-C')
    .option('--strict', 'exit 1 if a line could not be counted')
    .option('-o, --output <format>', 'table, json', 'table')
    .action(async (paths, options, command) => (await import('./commands/cost-ingest.ts')).costIngest(paths, options, command));

  withPeriod(cost.command('export').description('the records of a period, as `cost ingest` reads them back, or as FOCUS'))
    .option('-o, --output <format>', 'jsonl, csv, focus', 'jsonl')
    .action(async (options, command) => (await import('./commands/cost-export.ts')).costExport(options, command));

  cost
    .command('prices')
    .argument('[model]', 'a model as a record names it')
    .description('which price applies, from where, since when')
    .option('-o, --output <format>', 'table, json', 'table')
    .action(async (model, options, command) => (await import('./commands/cost-prices.ts')).costPrices(model, options, command));

  withPeriod(cost.command('recommend').description('what would save how much on your own records; with --task, which model for one task'))
    .option('--task <name>', 'score models for this task')
    .option('--complexity <0..1>', 'how hard the task is', '0.5')
    .option('--quality <0..1>', 'how much quality matters', '0.5')
    .option('--speed <0..1>', 'how much speed matters', '0.2')
    .option('--budget <0..1>', 'how much a low price matters', '0.3')
    .option('--model <names...>', 'models to compare beside those that were used')
    .option('-o, --output <format>', 'table, json, html (not with --task)', 'table')
    .action(async (options, command) => (await import('./commands/cost-recommend.ts')).costRecommend(options, command));

  withPeriod(cost.command('what-if').description('replay a period with other models'))
    .requiredOption('--map <from=to...>', 'such as gpt-5=gpt-5-mini; * stands for every other model')
    .option('-o, --output <format>', 'table, json', 'table')
    .action(async (options, command) => (await import('./commands/cost-what-if.ts')).costWhatIf(options, command));

  cost
    .command('reconcile')
    .argument('<export>', 'a cost report of OpenAI or Anthropic, JSON')
    .description('hold our prices against a provider’s bill, by day and model; exit 1 where they differ')
    .option('--no-ingest', 'do not look for new records first')
    .option('-o, --output <format>', 'table, json', 'table')
    .action(async (file, options, command) => (await import('./commands/cost-reconcile.ts')).costReconcile(file, options, command));

  cost
    .command('compact')
    .description('delete old single records of the ledger; what was spent stays')
    .requiredOption('--older-than <duration>', 'such as 90d')
    .option('--all', 'delete the sums too: that time is forgotten')
    .option('--dry-run', 'say what would be deleted')
    .option('--yes', 'do it')
    .action(async (options, command) => (await import('./commands/cost-ledger.ts')).costCompact(options, command));
}

function withPeriod(command: Command): Command {
  return withLedger(
    command
      .option('--period <name>', 'day, week, month (the current one), yesterday, last-week, last-month')
      .option('--from <date>', 'first day, such as 2026-11-01')
      .option('--to <date>', 'last day'),
  );
}

function withLedger(command: Command): Command {
  return command
    .option('--timezone <name>', 'IANA time zone of days, weeks and months (default: the configuration’s, else this machine’s)')
    .option('--no-ingest', 'report on the ledger as it is, without looking for new records');
}
