import type { GatherContext } from '../context.ts';
import type { Failure } from '../failure.ts';
import type { JsonResult } from '../transport.ts';
import { isRaw, optionalText, type Raw, raw, raws } from './raw.ts';
import { get, type Session } from './request.ts';

/** Objects a page; what kubectl asks for. */
const pageSize = 500;
/** How often an expired list (410) is taken up again. */
const expiredLimit = 3;
/** A server that hands out pages for ever must not hold us: 2,000 × 500 objects. */
const pageLimit = 2000;

export interface ListRequest<T> {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly accept?: string;
  readonly tries?: number;
  /** The first page only: enough to know that something is there. */
  readonly firstPageOnly?: boolean;
  /** The objects of a page; undefined where the answer is not such a list. */
  readonly items?: (page: Raw) => readonly Raw[] | undefined;
  /** Reduces one object as it arrives; undefined drops it. */
  readonly reduce: (item: Raw) => T | undefined;
}

export type ListResult<T> =
  | { readonly ok: true; readonly items: readonly T[]; readonly more: boolean }
  | { readonly ok: false; readonly failure: Failure; readonly status?: number };

/**
 * Reads a list page by page. The next page is asked for before this one is
 * reduced; the page itself is dropped. An expired list goes on with the
 * server's inconsistent-continue token, else it starts again. A list that
 * broke off is a failure: half a list makes absent what was only not seen.
 */
export async function list<T>(session: Session, request: ListRequest<T>, context: GatherContext): Promise<ListResult<T>> {
  const items: T[] = [];
  let expired = 0;
  let token: string | undefined;
  let page = fetchPage(session, request, token, context);
  for (let pages = 1; pages <= pageLimit; pages++) {
    const result = await page;
    if (!result.ok) {
      const status = result.answer?.status;
      if (status === 410 && ++expired <= expiredLimit) {
        token = inconsistentToken(result);
        if (token === undefined) items.length = 0;
        page = fetchPage(session, request, token, context);
        continue;
      }
      return { ok: false, failure: status === 410 ? expiredFailure : result.failure, ...(status === undefined ? {} : { status }) };
    }
    const found = (request.items ?? listItems)(raw(result.data));
    if (!found) return { ok: false, failure: notAList, status: result.answer.status };
    const next = optionalText(raw(raw(result.data).metadata).continue);
    if (next !== undefined && next === token) return { ok: false, failure: notAList, status: result.answer.status };
    token = next;
    const goOn = next !== undefined && request.firstPageOnly !== true;
    if (goOn) page = fetchPage(session, request, next, context);
    for (const item of found) {
      const reduced = request.reduce(item);
      if (reduced !== undefined) items.push(reduced);
    }
    if (!goOn) return { ok: true, items, more: next !== undefined };
  }
  return { ok: false, failure: { reason: 'invalid', detail: 'the list does not end', phase: 'http' } };
}

const notAList: Failure = { reason: 'invalid', detail: 'the answer is not a Kubernetes list', phase: 'http' };
const expiredFailure: Failure = { reason: 'server-error', detail: 'answers 410: the list expired while it was read', phase: 'http' };

function fetchPage<T>(session: Session, request: ListRequest<T>, token: string | undefined, context: GatherContext): Promise<JsonResult> {
  const query = new URLSearchParams({ ...request.query, limit: String(pageSize), ...(token === undefined ? {} : { continue: token }) });
  return get(session, `${request.path}?${query}`, request, context);
}

/** Go encodes an empty list as null here and there. */
function listItems(page: Raw): readonly Raw[] | undefined {
  const { kind, items } = page;
  if (typeof kind !== 'string' || !kind.endsWith('List')) return undefined;
  if (items === null) return [];
  return Array.isArray(items) && items.every(isRaw) ? raws(items) : undefined;
}

/** The token in the Status of a 410 that goes on from the same key at a newer version. */
function inconsistentToken(result: JsonResult): string | undefined {
  if (!result.answer) return undefined;
  try {
    return optionalText(raw(raw(JSON.parse(result.answer.body.toString('utf8'))).metadata).continue);
  } catch {
    return undefined;
  }
}
