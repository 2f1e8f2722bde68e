import type { Ledger } from '../../../packages/core/src/cost/ledger/ledger.ts';
import type { UsageRecord } from '../../../packages/core/src/model/usage.ts';
import { Random } from './random.ts';

const models = ['claude-opus-4-5-20251101', 'claude-sonnet-4-5-20250929', 'claude-haiku-4-5-20251001', 'gpt-5', 'gpt-5-mini'] as const;
const agents = ['main', 'code-reviewer', 'test-runner', 'Explore', 'Plan', 'planner', 'writer', 'triage'] as const;
const atOnce = 50_000;
const dayMs = 86_400_000;

/** A team's sessions: so many requests each, over so many hours. */
const requestsPerSession = 120;
const sessionMs = 3 * 3_600_000;

/**
 * Writes so many records of the `days` before `until` through the ledger's own
 * interface, session by session, days in order.
 */
export async function seedRecords(
  ledger: Ledger,
  options: { readonly records: number; readonly days: number; readonly until: number; readonly progress: (written: number) => void },
): Promise<void> {
  const random = new Random(7);
  const sessions = Math.ceil(options.records / requestsPerSession);
  const start = options.until - options.days * dayMs;
  let batch: UsageRecord[] = [];
  let written = 0;
  const flush = async (): Promise<void> => {
    const { counted } = await ledger.write({
      source: 'bench',
      kind: 'agentops',
      records: batch,
      rejects: [],
      lines: batch.length,
      empty: 0,
    });
    if (counted !== batch.length) throw new Error(`${batch.length} records written, ${counted} counted`);
    written += counted;
    batch = [];
    options.progress(written);
  };
  for (let session = 0; session < sessions; session++) {
    const sessionId = random.uuid();
    const project = `project-${random.whole(1, 60)}`;
    const begin = start + Math.floor((session / sessions) * (options.days * dayMs - sessionMs));
    const pair = [random.pick(models), random.pick(models)] as const;
    const requests = Math.min(requestsPerSession, options.records - session * requestsPerSession);
    for (let request = 0; request < requests; request++) {
      const subagent = random.share() < 0.2;
      batch.push({
        key: `${sessionId}-${request}`,
        source: 'agentops',
        at: begin + Math.floor((request / requestsPerSession) * sessionMs),
        model: pair[subagent ? 1 : 0],
        provider: '',
        agent: subagent ? random.pick(agents) : 'main',
        session: sessionId,
        task: '',
        project,
        tokens: {
          input: random.whole(1, 12),
          output: random.whole(10, 2000),
          cacheRead: random.whole(10_000, 160_000),
          cacheWrite5m: random.whole(80, 4000),
          cacheWrite1h: 0,
        },
        reasoning: 0,
        requests: 1,
        webSearches: 0,
        serviceTier: '',
        geo: '',
        sidechain: false,
        status: 'ok',
        latencyMs: random.whole(300, 30_000),
        claimedPico: null,
      });
      if (batch.length === atOnce) await flush();
    }
  }
  if (batch.length > 0) await flush();
}
