import { scoreModels } from '@agentops/core/cost/advice/score';
import { adviseOn, recommendationsOf } from '@agentops/core/cost/report/advise';
import { evaluationsOf } from '@agentops/core/cost/session';
import { AgentOpsError } from '@agentops/core/errors';
import { parsePico } from '@agentops/core/model/money';
import { comparisonHead, comparisonRows, comparisonTitle, renderComparisonsHtml } from '@agentops/core/render/cost/comparison';
import { rough } from '@agentops/core/render/cost/words';
import type { Command } from 'commander';
import { type CostFlags, withCost } from '../cost.ts';
import { globalsOf } from '../globals.ts';
import { oneOf, outputWidth, useColor, writeResult } from '../output.ts';
import { plainTable } from '../table.ts';

interface RecommendFlags extends CostFlags {
  readonly task?: string;
  readonly complexity: string;
  readonly quality: string;
  readonly speed: string;
  readonly budget: string;
  readonly model?: readonly string[];
  readonly output: string;
}

/** `agentops cost recommend`: what would save how much on the user's own records; with `--task`, which model for one task. */
export async function costRecommend(flags: RecommendFlags, command: Command): Promise<void> {
  await (flags.task === undefined ? advise(flags, command) : score(flags, flags.task, command));
}

async function advise(flags: RecommendFlags, command: Command): Promise<void> {
  const format = oneOf('output format', flags.output, ['table', 'json', 'html'] as const);
  const { list, label, comparisons } = await withCost(monthUnlessTold(flags), command, async ({ config, host, session, period }) => {
    const advice = await adviseOn(session, period, evaluationsOf(config, host), config.cost.advice);
    return { list: recommendationsOf(advice, 50), label: period.label, comparisons: advice.comparisons };
  });
  if (format === 'json') {
    const bigints = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
    await writeResult(JSON.stringify({ period: label, recommendations: list, comparisons }, bigints, 2));
    return;
  }
  if (format === 'html') {
    await writeResult(renderComparisonsHtml(`${label}: which model for which agent`, comparisons));
    return;
  }
  const lines = list.flatMap((each) => [
    `${each.saving === null ? '' : `${rough(parsePico(each.saving) ?? 0n)}  `}${each.title}`,
    `    ${each.basis}`,
    ...each.how.map((step) => `    · ${step}`),
    '',
  ]);
  const table = { width: outputWidth(), color: useColor(globalsOf(command).color) };
  const compared = comparisons.flatMap((each) => [comparisonTitle(each), plainTable(comparisonHead, comparisonRows(each), table), '']);
  const front =
    compared.length > 0 ? ['◆ Pareto front: no other model is as good in quality, speed and cost and better in one', '', ...compared] : [];
  await writeResult(
    lines.length > 0
      ? [`${label}: savings on the records of this period; those about the same spend do not add up`, '', ...lines, ...front]
          .join('\n')
          .trimEnd()
      : [`${label}: nothing to recommend on these records`, '', ...front].join('\n').trimEnd(),
  );
}

/** A month of records says more than the first days of a week. */
function monthUnlessTold(flags: RecommendFlags): RecommendFlags {
  const told = flags.period !== undefined || flags.from !== undefined || flags.to !== undefined;
  return told ? flags : { ...flags, period: 'month' };
}

async function score(flags: RecommendFlags, task: string, command: Command): Promise<void> {
  const format = oneOf('output format', flags.output, ['table', 'json'] as const);
  const needs = {
    task,
    complexity: share('complexity', flags.complexity),
    quality: share('quality', flags.quality),
    speed: share('speed', flags.speed),
    budget: share('budget', flags.budget),
  };
  const scores = await withCost(monthUnlessTold(flags), command, async ({ config, host, session, period }) => {
    const rows = await session.ledger.rows({ from: period.from, to: period.to, by: ['model'] });
    const used = rows.map((row) => row.group.model ?? '').filter((model) => model !== '');
    const evaluations = evaluationsOf(config, host);
    const models = [...new Set([...(flags.model ?? []), ...used, ...evaluations.map((run) => run.model)])];
    if (models.length === 0)
      throw new AgentOpsError('usage', 'no models to compare: there are no records', {
        hint: 'name them: --model gpt-5 --model gpt-5-mini',
      });
    const latencyMs = new Map(
      rows.flatMap((row) => (row.latencyCount > 0 ? [[row.group.model ?? '', row.latencyMsSum / row.latencyCount] as const] : [])),
    );
    return scoreModels(needs, { models, book: session.book, at: host.clock.now(), evaluations, latencyMs });
  });
  if (format === 'json') {
    await writeResult(JSON.stringify(scores, undefined, 2));
    return;
  }
  const rows = scores.map((each) => [
    each.model,
    each.score.toFixed(2),
    ...each.parts.map((part) => `${part.value === null ? '?' : part.value.toFixed(2)} × ${part.weight.toFixed(2)}`),
    each.fit.toFixed(2),
    each.parts.map((part) => part.basis).join('; '),
  ]);
  await writeResult(
    plainTable(['MODEL', 'SCORE', 'QUALITY', 'SPEED', 'PRICE', 'FIT', 'RESTS ON'], rows, {
      width: outputWidth(),
      color: useColor(globalsOf(command).color),
    }),
  );
}

function share(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new AgentOpsError('usage', `--${name}: "${text}" is not a number from 0 to 1`);
  return value;
}
