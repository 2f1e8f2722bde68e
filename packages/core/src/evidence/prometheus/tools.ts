import type { ToolPerformance } from '../../model/prometheus.ts';
import { growth, select, sumBy } from './expression.ts';
import { firstLabel, type Profile } from './profiles/profile.ts';
import type { PieceQuery } from './query-log.ts';
import { addOutcome, emptyTally, exactly, none, share, type Tally } from './reading.ts';
import type { Found } from './rows.ts';

/** Calls and failures by tool, worst told by the check. */
export async function readTools(profile: Profile, found: Found, selector: string, query: PieceQuery): Promise<ToolPerformance[]> {
  const { tools } = profile;
  const metric = tools?.calls.find((name) => found.names.has(name));
  if (!tools || metric === undefined) return [];
  const matchers = [...tools.matchers, ...(selector === '' ? [] : [selector])].join(',');
  const labels = [...tools.labels, ...tools.outcomeLabels, ...(tools.errorLabel === undefined ? [] : [tools.errorLabel])];
  const [grown, exist] = await Promise.all([
    query('tools', sumBy(labels, growth(metric, matchers, found.windowSeconds))),
    query('tools', `group by (${tools.labels.join(', ')}) (${select(metric, matchers)})`, 'existence'),
  ]);
  if (!grown || !exist) return [];
  const tallies = new Map<string, Tally | undefined>();
  for (const { labels: series } of exist) tallies.set(firstLabel(series, tools.labels) ?? 'all', undefined);
  for (const { labels: series, value } of grown) {
    const name = firstLabel(series, tools.labels) ?? 'all';
    const tally = tallies.get(name) ?? emptyTally();
    tallies.set(name, tally);
    addOutcome(tally, series, Number(value), tools);
  }
  return [...tallies].map(([tool, tally]) => {
    const few = none('unseen', `fewer than two samples of ${metric} in the window`);
    if (!tally) return { profile: profile.profile, tool, calls: few, errorRatio: few };
    const idle = none('idle', 'no calls in the window');
    const unlabelled = none('not-exported', `${metric} has no outcome label`);
    const ratio = tally.total === 0 ? idle : tally.unlabelled ? unlabelled : share(tally.failed, tally);
    return { profile: profile.profile, tool, calls: exactly(tally.total), errorRatio: ratio };
  });
}
