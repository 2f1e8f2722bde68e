import type { GatherContext } from '../context.ts';
import type { Failure } from '../failure.ts';
import { notJson, type ParsedResult } from '../transport.ts';
import { type Page, readPage } from './page.ts';
import { optionalText, type Raw, raw } from './raw.ts';
import { getParsed, release, type Session } from './request.ts';

/** Objects a page; what kubectl asks for. */
export const pageSize = 500;
/** How often an expired list (410) is taken up again. */
const expiredLimit = 3;
/** A server that hands out pages for ever must not hold us: 2,000 × 500 objects. */
const pageLimit = 2000;

export interface ListRequest<T> {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly accept?: string;
  /** The first page only: enough to know that something is there. */
  readonly firstPageOnly?: boolean;
  /** The objects of a page (undefined: not valid JSON); undefined where the answer is not such a list. */
  readonly items?: (page: Page) => Iterable<Raw | undefined> | undefined;
  /** Reduces one object as it arrives; undefined drops it. */
  readonly reduce: (item: Raw) => T | undefined;
}

export type ListResult<T> =
  | { readonly ok: true; readonly items: readonly T[]; readonly more: boolean }
  | { readonly ok: false; readonly failure: Failure; readonly status?: number };

/**
 * Reads a list page by page. The next page is asked for before this one is
 * through; an object is dropped as soon as it is reduced. An expired list goes on with the
 * server's inconsistent-continue token, else it starts again. A list that
 * broke off is a failure: half a list makes absent what was only not seen.
 */
export async function list<T>(session: Session, request: ListRequest<T>, context: GatherContext): Promise<ListResult<T>> {
  const items: T[] = [];
  let expired = 0;
  let page = fetchPage(session, request, undefined, context);
  for (let pages = 1; pages <= pageLimit; pages++) {
    // One page ahead, no more: what waits to be reduced is memory.
    const early = request.firstPageOnly ? undefined : await page.next;
    const ahead = early === undefined ? undefined : fetchPage(session, request, early, context);
    const result = await page.result;
    if (!result.ok) {
      const status = result.answer?.status;
      if (status === 410 && ++expired <= expiredLimit) {
        const token = inconsistentToken(result);
        if (token === undefined) items.length = 0;
        page = fetchPage(session, request, token, context);
        continue;
      }
      return { ok: false, failure: status === 410 ? expiredFailure : result.failure, ...(status === undefined ? {} : { status }) };
    }
    const found = (request.items ?? listItems)(result.data);
    const next = optionalText(raw(result.data.head.metadata).continue);
    if (!found || (next !== undefined && next === page.token)) return { ok: false, failure: notAList, status: result.answer.status };
    const goOn = next !== undefined && request.firstPageOnly !== true;
    if (goOn) page = ahead && next === early ? ahead : fetchPage(session, request, next, context);
    for (const item of found) {
      if (item === undefined) return { ok: false, failure: notJson, status: result.answer.status };
      const reduced = request.reduce(item);
      if (reduced !== undefined) items.push(reduced);
    }
    release(result.answer.body);
    if (!goOn) return { ok: true, items, more: next !== undefined };
  }
  return { ok: false, failure: { reason: 'invalid', detail: 'the list does not end', phase: 'http' } };
}

const notAList: Failure = { reason: 'invalid', detail: 'the answer is not a Kubernetes list', phase: 'http' };
const expiredFailure: Failure = { reason: 'server-error', detail: 'answers 410: the list expired while it was read', phase: 'http' };

interface PageUnderWay {
  readonly token: string | undefined;
  readonly result: Promise<ParsedResult<Page>>;
  /** The next page's token, where the beginning of this page told it. */
  readonly next: Promise<string | undefined>;
}

function fetchPage<T>(session: Session, request: ListRequest<T>, token: string | undefined, context: GatherContext): PageUnderWay {
  const query = new URLSearchParams({ ...request.query, limit: String(pageSize), ...(token === undefined ? {} : { continue: token }) });
  const next = Promise.withResolvers<string | undefined>();
  const options = {
    ...(request.accept === undefined ? {} : { accept: request.accept }),
    onHead: (head: Buffer) => next.resolve(earlyToken(head)),
  };
  const result = getParsed(session, `${request.path}?${query}`, options, readPage, context);
  void result.then(() => next.resolve(undefined));
  return { token, result, next: next.promise };
}

/**
 * The API server writes a list's metadata before its items: the token of the
 * next page can be had, and that page asked for, before this one is through.
 * Undefined where the beginning does not look exactly so.
 */
function earlyToken(head: Buffer): string | undefined {
  const beginning = head.toString('latin1', 0, 4096);
  return /^\{"kind":"\w+","apiVersion":"[\w./]+","metadata":\{[^{}[\]]*"continue":"([\w=-]+)"[^{}[\]]*\},"(?:items|columnDefinitions)":\[/.exec(
    beginning,
  )?.[1];
}

function listItems({ head, objects }: Page): Iterable<Raw | undefined> | undefined {
  return typeof head.kind === 'string' && head.kind.endsWith('List') ? objects('items') : undefined;
}

/** The token in the Status of a 410 that goes on from the same key at a newer version. */
function inconsistentToken(result: ParsedResult<Page>): string | undefined {
  if (!result.answer) return undefined;
  try {
    return optionalText(raw(raw(JSON.parse(result.answer.body.toString('utf8'))).metadata).continue);
  } catch {
    return undefined;
  }
}
