import type { Evidence, Unavailable } from '../../model/evidence.ts';
import { available } from '../../model/evidence.ts';
import type { AgentPerformance, PerformanceMetrics, PerformancePiece, ToolPerformance } from '../../model/prometheus.ts';
import type { PrometheusClient } from './client.ts';
import { selectNames } from './expression.ts';
import { readGroup } from './group.ts';
import { knownNames, lookedFor, profiles } from './profiles/index.ts';
import type { Profile } from './profiles/profile.ts';
import { type QueryLog, readSafely } from './query-log.ts';
import type { Found } from './rows.ts';
import { readTools } from './tools.ts';

/**
 * Finds which profiles the server has by one query for the names, then reads
 * those, a few queries a profile, grouped by agent. A failed query leaves a gap
 * in its piece; no profile at all is `absent`.
 */
export async function readPerformance(client: PrometheusClient, windowSeconds: number): Promise<Evidence<PerformanceMetrics>> {
  const names = await client.vector(`group by (__name__) (${selectNames(knownNames, client.selector)})`);
  if (!names.ok) return names;
  const found: Found = {
    names: new Set(names.data.map((sample) => sample.labels.__name__ ?? '')),
    windowSeconds,
  };
  const present = profiles.filter((profile) => isPresent(profile, found.names));
  if (present.length === 0) return nothingFound(client, names.data.length);
  const read = await Promise.all(present.map((profile) => readProfile(client, profile, found)));
  const warned = names.warnings.map((warning): Unavailable => ({ ok: false, reason: 'invalid', source: client.source, detail: warning }));
  return available(
    client.source,
    {
      windowSeconds,
      url: client.url,
      profiles: present.map(({ profile }) => profile),
      agents: read.flatMap(({ agents }) => agents),
      tools: read.flatMap(({ tools }) => tools),
      gaps: read.flatMap(({ gaps }) => gaps),
      expressions: Object.assign({}, ...read.map(({ expressions }) => expressions)) as Record<string, string>,
    },
    // A warning on the list of names touches everything that was read by it.
    warned,
  );
}

/** Requests or latency make a profile; a stray `agent_build_info` does not. */
function isPresent(profile: Profile, names: ReadonlySet<string>): boolean {
  return (
    profile.groups.some(
      (group) =>
        group.requests.some((name) => names.has(name)) || group.latency.some((base) => names.has(base) || names.has(`${base}_count`)),
    ) ||
    (profile.tools?.calls.some((name) => names.has(name)) ?? false)
  );
}

function nothingFound(client: PrometheusClient, others: number): Unavailable {
  const near = others > 0 ? `; ${others} similar names, none of requests or latency` : '';
  return {
    ok: false,
    reason: 'absent',
    source: client.source,
    detail: `no agent metrics found (looked for ${lookedFor})${near}`,
    hint: 'are the agents scraped, and does prometheus.selector match them?',
  };
}

interface ProfileReading {
  readonly agents: readonly AgentPerformance[];
  readonly tools: readonly ToolPerformance[];
  readonly gaps: PerformanceMetrics['gaps'];
  readonly expressions: Record<string, string>;
}

async function readProfile(client: PrometheusClient, profile: Profile, found: Found): Promise<ProfileReading> {
  const gaps: { piece: PerformancePiece; profile: Profile['profile']; unavailable: Unavailable }[] = [];
  const expressions: Record<string, string> = {};
  const log: QueryLog = {
    failed: (piece, unavailable) => gaps.push({ piece, profile: profile.profile, unavailable }),
    // The first expression of a piece is the one to show: the newest group comes first in every profile.
    asked: (piece, expression) => {
      expressions[`${profile.profile}/${piece}`] ??= forPeople(expression);
    },
  };
  const query = readSafely(client, log);
  const [tools, ...groups] = await Promise.all([
    readTools(profile, found, client.selector, query),
    ...profile.groups.map((group) => readGroup(profile.profile, group, found, client.selector, query)),
  ]);
  return { agents: groups.flat(), tools, gaps, expressions };
}

/** Our queries count series that were born within the window; a person who looks at the graph wants the plain rate. */
function forPeople(expression: string): string {
  return expression.replaceAll(/\(\((\S+) unless last_over_time\(\1\[\w+\] offset \w+\)\) or increase\(\1\[(\w+)\]\)\)/g, 'rate($1[$2])');
}
