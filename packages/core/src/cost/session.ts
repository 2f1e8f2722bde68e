import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { AgentOpsError } from '../errors.ts';
import type { Host } from '../host.ts';
import type { RejectReason } from '../model/usage.ts';
import { type Evaluation, readEvaluations } from './advice/evaluations.ts';
import type { Ledger } from './ledger/ledger.ts';
import { defaultLedgerPath, openLedger } from './ledger/open.ts';
import { createPriceBook } from './prices/book.ts';
import { parseLiteLlmPrices } from './prices/litellm-file.ts';
import type { PriceBook } from './prices/price-book.ts';

export interface CostSession {
  readonly ledger: Ledger;
  readonly book: PriceBook;
  /** IANA zone of days, weeks and months. */
  readonly timeZone: string;
  close(): Promise<void>;
}

/** Opens the ledger with the prices in force; records are priced anew where prices have changed. */
export async function openCost(config: Config, host: Host): Promise<CostSession> {
  const book = priceBookOf(config, host);
  const ledger = await openLedger(config.ledger ?? defaultLedgerPath(host), book, host);
  const { priceVersion, records } = await ledger.state();
  if (records > 0 && priceVersion !== book.version) {
    host.progress.update('prices have changed: pricing every record anew');
    await ledger.reprice(book);
  }
  return { ledger, book, timeZone: config.timeZone ?? host.clock.timeZone, close: () => ledger.close() };
}

/** Younger than this, the time of the last reading is near enough. */
const markAfterMs = 60_000;

/**
 * Notes that everything was looked at, though nothing was new: a platform that
 * rests is no stale ledger. Not where a source could not be read.
 */
export async function markRead({ ledger }: CostSession, host: Host, reading: Looked): Promise<void> {
  const missed = reading.unseen.length > 0 || (reading.rejectedBy.unreadable ?? 0) > 0;
  if (missed || reading.sources.some(({ lines }) => lines > 0)) return;
  const { sources } = await ledger.state();
  const [latest] = sources.toSorted((a, b) => b.lastReadAt - a.lastReadAt);
  if (!latest || host.clock.now() - latest.lastReadAt < markAfterMs) return;
  await ledger.write({ source: latest.source, kind: latest.kind, records: [], rejects: [], lines: 0, empty: 0 });
}

/** The part of a reading that tells whether all was looked at, and what was new. */
interface Looked {
  readonly sources: readonly { readonly lines: number }[];
  readonly rejectedBy: Readonly<Partial<Record<RejectReason, number>>>;
  readonly unseen: readonly unknown[];
}

/** The user's own prices before an imported table before the bundled catalogue. Throws `config-invalid` or `file-unreadable`. */
export function priceBookOf(config: Config, host: Pick<Host, 'home' | 'cwd'>): PriceBook {
  const { prices, priceFile } = config.cost;
  return createPriceBook(prices, priceFile === undefined ? {} : { liteLlm: parseLiteLlmPrices(readText(priceFile, host)) });
}

/** The user's own evaluation results; none where none are configured. */
export function evaluationsOf(config: Config, host: Host): Evaluation[] {
  if (config.cost.evaluations === undefined) return [];
  const { runs, rejects } = readEvaluations(readText(config.cost.evaluations, host));
  if (rejects.length > 0) host.log.warn(`${config.cost.evaluations}: ${rejects.length} evaluation results could not be read`);
  return runs;
}

function readText(path: string, { home, cwd }: Pick<Host, 'home' | 'cwd'>): string {
  const expanded = path.startsWith('~/') ? join(home, path.slice(2)) : path;
  try {
    return readFileSync(isAbsolute(expanded) ? expanded : join(cwd, expanded), 'utf8');
  } catch (error) {
    throw new AgentOpsError('file-unreadable', `cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`, {
      cause: error,
    });
  }
}
