import type { PrometheusConfig } from '../../config/schema.ts';
import type { GatherContext } from '../../evidence/context.ts';
import { openPrometheus, type PrometheusClient } from '../../evidence/prometheus/client.ts';
import { durationOf, selectNames } from '../../evidence/prometheus/expression.ts';
import type { Host } from '../../host.ts';
import type { Unavailable } from '../../model/evidence.ts';
import type { Reject } from '../../model/usage.ts';
import type { UsageStore } from '../ingest/writer.ts';
import { quarterMs } from '../ledger/fit.ts';
import type { FileCursor, SourceCounts } from '../sources/source.ts';
import { usageMetrics } from './counters.ts';
import type { CountingRule } from './rule.ts';
import { type Carried, readSpan, type SpanReading } from './span.ts';

/** The first run, and a run after a long pause, reads no more than this. */
const mostBackMs = 30 * 86_400_000;
/** Samples come in late, above all over remote write: a quarter hour is complete only some time after its end. */
const settleMs = 300_000;
/** Quarter hours that are read at once: a day. Fewer where the server does not manage so many. */
const spanQuarters = 96;
const fewestQuarters = 4;
/** ms, for each span. */
const spanDeadlineMs = 120_000;

export interface PrometheusReading {
  readonly counts: SourceCounts;
  readonly rejects: readonly Reject[];
  /** What could not be read, and what was left out on purpose. */
  readonly unseen: readonly Unavailable[];
}

/**
 * Reads what is new of the token counters into the ledger, by quarter hour: the
 * records of a span and the cursor that says it was read in one transaction. The
 * last quarter hour with samples may still be filled (a remote write that
 * catches up), unless the server has samples after it: the cursor stays before
 * it, and the next run reads it again.
 */
export async function ingestPrometheus(
  ledger: UsageStore,
  config: PrometheusConfig,
  rule: CountingRule,
  host: Host,
  signal: AbortSignal = new AbortController().signal,
): Promise<PrometheusReading> {
  const run = new Run(ledger, rule, host);
  // Each span has a deadline of its own: a first run takes as long as it needs.
  const context: GatherContext = {
    host,
    signal,
    get deadline() {
      return run.started + spanDeadlineMs;
    },
  };
  const client = await openPrometheus(config, context);
  if ('ok' in client) return run.failed(client);
  try {
    return await run.all(client);
  } finally {
    client.close();
  }
}

/** A reject, and the end of the quarter hour that it belongs to. */
interface Untold {
  readonly end: number;
  readonly reason: Reject['reason'];
  readonly detail: string;
}

class Run {
  readonly #ledger: UsageStore;
  readonly #rule: CountingRule;
  readonly #host: Host;
  started: number;
  #source = 'prometheus';
  #lines = 0;
  #offset = 0;
  #counts = { lines: 0, counted: 0, duplicate: 0, rejected: 0 };
  #untold: Untold[] = [];
  readonly #rejects: Reject[] = [];
  readonly #notes = new Set<string>();

  constructor(ledger: UsageStore, rule: CountingRule, host: Host) {
    this.#ledger = ledger;
    this.#rule = rule;
    this.#host = host;
    this.started = host.clock.monotonic();
  }

  failed(unavailable: Unavailable): PrometheusReading {
    return this.#result([unavailable]);
  }

  async all(client: PrometheusClient): Promise<PrometheusReading> {
    this.#source = client.selector === '' ? client.source : `${client.source} {${client.selector}}`;
    const probe = await client.probe();
    if (!probe.ok) return this.failed(probe);
    // The server's clock: ours may be off.
    const end = Math.floor((probe.data.serverNow - settleMs) / quarterMs) * quarterMs;
    const goesOn = await hasSamples(client, end, probe.data.serverNow);
    const known = (await this.#ledger.cursors('prometheus')).find(({ path }) => path === this.#source);
    this.#lines = known?.lines ?? 0;
    const oldest = end - mostBackMs;
    if (known !== undefined && known.offset < oldest)
      this.#notes.add(`${instant(known.offset)} to ${instant(oldest)}: more than 30 days ago`);
    this.#offset = known?.offset ?? 0;
    let from = Math.max(known?.offset ?? oldest, oldest);
    let seenTo = known?.offset;
    let carried: Carried = new Map();
    let size = spanQuarters;
    while (from < end) {
      this.#host.progress.update(`token counters of ${client.url}: ${instant(from)}`);
      this.started = this.#host.clock.monotonic();
      const to = Math.min(end, from + size * quarterMs);
      const reading = await readSpan(client, { from, to }, carried, this.#rule, seenTo !== undefined);
      if ('ok' in reading) {
        if (size <= fewestQuarters || !isTooMuch(reading)) return this.failed(reading);
        size = Math.max(fewestQuarters, Math.floor(size / 4));
        continue;
      }
      seenTo = await this.#write(reading, seenTo, goesOn ? end : Number.POSITIVE_INFINITY);
      carried = reading.carried;
      from = to;
    }
    return this.#result([]);
  }

  /** Answers the end of the last quarter hour with samples. One that ends at `complete` is. */
  async #write(reading: SpanReading, seenTo: number | undefined, complete: number): Promise<number | undefined> {
    const last = reading.seen.at(-1);
    if (last === undefined) return seenTo;
    const offset = last === complete ? last : last - quarterMs;
    const moves = offset > this.#offset;
    // What is lost in a quarter hour is told when it is left behind, so that it is told once.
    const rejects = this.#rejectsOf(reading, seenTo, offset);
    const { records } = reading;
    const lines = records.length + rejects.length;
    const batch = { source: this.#source, kind: 'prometheus' as const, records, rejects, lines, empty: 0 };
    const { counted, duplicate } = await this.#ledger.write(moves ? { ...batch, cursor: this.#cursor(offset, lines) } : batch);
    this.#counts = {
      lines: this.#counts.lines + lines,
      counted: this.#counts.counted + counted,
      duplicate: this.#counts.duplicate + duplicate,
      rejected: this.#counts.rejected + rejects.length,
    };
    this.#rejects.push(...rejects);
    this.#note(reading);
    return last;
  }

  #rejectsOf({ seen, scrapes, lost, rejects }: SpanReading, seenTo: number | undefined, offset: number): Reject[] {
    const all: Untold[] = [
      ...this.#untold,
      ...(scrapes ? gapsIn(seen, seenTo) : []).map(({ end, detail }) => ({ end, reason: 'unreadable' as const, detail })),
      ...lost.map(({ end, what }) => ({ end, reason: 'cut-short' as const, detail: what })),
      ...rejects,
    ];
    this.#untold = all.filter(({ end }) => end > offset);
    const told = Map.groupBy(
      all.filter(({ end }) => end <= offset),
      ({ reason, detail }) => `${reason} ${detail}`,
    );
    return [...told.values()].flatMap(([first, ...more]) =>
      first === undefined
        ? []
        : [
            {
              source: this.#source,
              line: 0,
              reason: first.reason,
              detail: more.length === 0 ? first.detail : `${first.detail} (${more.length + 1} times)`,
            },
          ],
    );
  }

  #cursor(offset: number, lines: number): FileCursor {
    this.#offset = offset;
    this.#lines += lines;
    const none = { size: 0, mtimeMs: 0, head: '', headBytes: 0, state: '' };
    return { path: this.#source, kind: 'prometheus', offset, lines: this.#lines, ...none };
  }

  #note({ leftOut, unsplit, scrapes, dollarsOnly, cacheUnknown }: SpanReading): void {
    for (const [family, why] of leftOut) this.#notes.add(`counters of ${family}: ${why}`);
    for (const metric of unsplit)
      this.#notes.add(`which tokens of ${metric} are input and which output: priced as the cheapest class, at least that was spent`);
    for (const family of dollarsOnly) this.#notes.add(`spend of ${family}: it counts dollars and no tokens, which alone are priced here`);
    if (cacheUnknown) this.#notes.add('cached tokens of LiteLLM: without their counters they are priced as input');
    if (!scrapes) this.#notes.add('gaps: the server scrapes nothing, so an hour without samples may be one without requests');
  }

  #result(failures: readonly Unavailable[]): PrometheusReading {
    const notes = [...this.#notes].map((detail): Unavailable => ({ ok: false, reason: 'absent', source: this.#source, detail }));
    return {
      counts: { source: this.#source, kind: 'prometheus', ...this.#counts, empty: 0 },
      rejects: this.#rejects,
      unseen: [...failures, ...notes],
    };
  }
}

/** Whether the server has samples between two instants; where it does not say, it has none. */
async function hasSamples(client: PrometheusClient, after: number, until: number): Promise<boolean> {
  const any = selectNames(['up', ...usageMetrics].join('|'), client.selector);
  const answered = await client.vector(`count(count_over_time(${any}[${durationOf((until - after) / 1000)}]))`, until);
  return answered.ok && answered.data.some(({ value }) => Number(value) > 0);
}

/** Quarter hours without a sample of anything, between those that have some. */
function gapsIn(seen: readonly number[], before: number | undefined): { end: number; detail: string }[] {
  const gaps: { end: number; detail: string }[] = [];
  let previous = before;
  for (const end of seen) {
    const start = end - quarterMs;
    if (previous !== undefined && start > previous)
      gaps.push({
        end,
        detail: `no samples from ${instant(previous)} to ${instant(start)}: what was counted then stands at its end, but for what a restart lost`,
      });
    previous = end;
  }
  return gaps;
}

function isTooMuch({ reason }: Unavailable): boolean {
  return reason === 'timeout' || reason === 'server-error' || reason === 'invalid';
}

function instant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}
