import { existsSync } from 'node:fs';
import type { Config } from '../../config/schema.ts';
import type { LedgerRow } from '../../cost/ledger/ledger.ts';
import { defaultLedgerPath } from '../../cost/ledger/open.ts';
import type { LedgerReader } from '../../cost/ledger/reader.ts';
import { isAgentOpsError } from '../../errors.ts';
import { startOfDay, startOfMonth } from '../../model/calendar.ts';
import { available, type Evidence, type Unavailable, type UnavailableReason } from '../../model/evidence.ts';
import type { LedgerSpend } from '../../model/ledger.ts';
import type { Amount, SpendPart } from '../../model/prometheus.ts';
import { limitsOf } from '../budget-limits.ts';
import type { GatherContext } from '../context.ts';
import { displayUrl } from '../display.ts';

const quarter = 900_000;

/**
 * Spend of today and this month from the usage ledger, as it is: nothing is
 * read into it, nothing is created. Called before any server is asked: a file
 * is read right here, for that blocks; a shared ledger is a server like the
 * others, and is asked when the answer's function is called. Never rejects.
 */
export async function loadLedger(config: Config, context: GatherContext): Promise<() => Promise<Evidence<LedgerSpend>>> {
  const { host } = context;
  const location = config.ledger ?? defaultLedgerPath(host);
  if (/^postgres(ql)?:\/\//.test(location)) {
    const name = displayUrl(location);
    const { readPostgresLedger, reasonOf } = await import('../../cost/ledger/postgres/reading.ts');
    return () => read({ config, context, name, open: () => readPostgresLedger(location, host), reasonOf });
  }
  if (!existsSync(location)) return async () => none(`ledger ${location}`);
  const { readSqliteLedger } = await import('../../cost/ledger/sqlite/reading.ts');
  const evidence = await read({ config, context, name: location, open: async () => readSqliteLedger(location), reasonOf: () => 'invalid' });
  return async () => evidence;
}

interface Reading {
  readonly config: Config;
  readonly context: GatherContext;
  readonly name: string;
  open(): Promise<LedgerReader>;
  reasonOf(error: unknown): UnavailableReason;
}

async function read({ config, context: { host, signal }, name, open, reasonOf }: Reading): Promise<Evidence<LedgerSpend>> {
  const source = `ledger ${name}`;
  let reader: LedgerReader | undefined;
  const close = (): void => void reader?.close().catch(() => undefined);
  try {
    reader = await open();
    if (signal.aborted) return late(source);
    // The run is over: what is under way ends with an error, which nobody waits for any more.
    signal.addEventListener('abort', close, { once: true });
    const spend = await spendOf(reader, config, host.clock.now(), host.clock.timeZone, name);
    return spend ? available(source, spend) : none(source);
  } catch (error) {
    if (signal.aborted) return late(source);
    if (!isAgentOpsError(error))
      return {
        ok: false,
        reason: 'invalid',
        source,
        detail: `could not be read (${error instanceof Error ? error.name : 'unknown error'})`,
      };
    return {
      ok: false,
      reason: reasonOf(error),
      source,
      detail: error.message.replace(/^postgres:\/\/\S+: /, ''),
      ...(error.hint ? { hint: error.hint } : {}),
    };
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

function late(source: string): Unavailable {
  return { ok: false, reason: 'timeout', source, detail: 'no answer in time' };
}

function none(source: string): Unavailable {
  return { ok: false, reason: 'not-configured', source, detail: 'no usage has been read into it yet', hint: 'agentops cost ingest' };
}

/** Undefined without records. */
async function spendOf(
  reader: LedgerReader,
  config: Config,
  now: number,
  hostZone: string,
  location: string,
): Promise<LedgerSpend | undefined> {
  const state = await reader.state();
  const { firstAt, readAt } = state;
  if (state.records === 0 || firstAt === null || readAt === null) return undefined;
  const timeZone = config.timeZone ?? hostZone;
  const dayStart = startOfDay(now, timeZone);
  const monthStart = startOfMonth(now, timeZone);
  const to = Math.ceil((now + 1) / quarter) * quarter;
  const limits = limitsOf(config.budget);
  const [month, byAgent, byModel, bySession] = await Promise.all([
    reader.rows({ from: monthStart, to, by: [] }),
    reader.rows({ from: dayStart, to, by: ['agent'] }),
    reader.rows({ from: dayStart, to, by: ['model'] }),
    limits.perSession === null ? [] : reader.rows({ from: monthStart, to, by: ['session'] }),
  ]);
  return {
    location,
    timeZone,
    dayStart,
    monthStart,
    now,
    readAt,
    staleAfter: config.cost.staleAfter,
    firstAt,
    mixedPrices: state.mixedPrices,
    today: amountOf(byModel),
    month: amountOf(month),
    byAgent: partsOf(byAgent, 'agent'),
    bySession: partsOf(bySession, 'session'),
    unpriced: byModel
      .filter((row) => row.unpricedTokens > 0)
      .map((row) => ({ model: row.group.model ?? '', tokens: String(BigInt(Math.round(row.unpricedTokens)) * 1_000_000_000_000n) })),
    limits,
  };
}

function amountOf(rows: readonly LedgerRow[]): Amount {
  const sum = String(rows.reduce((all, row) => all + row.cost, 0n));
  return { atLeast: sum, atMost: rows.some((row) => row.unpricedTokens > 0) ? null : sum };
}

/** Dearest first; what names no agent or session is left out. */
function partsOf(rows: readonly LedgerRow[], by: 'agent' | 'session'): SpendPart[] {
  return rows
    .filter((row) => (row.group[by] ?? '') !== '')
    .sort((a, b) => (a.cost === b.cost ? ((a.group[by] ?? '') < (b.group[by] ?? '') ? -1 : 1) : a.cost > b.cost ? -1 : 1))
    .map((row) => ({ name: row.group[by] ?? '', amount: amountOf([row]) }));
}
