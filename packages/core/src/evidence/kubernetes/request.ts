import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { GatherContext } from '../context.ts';
import { exchangeJson, type JsonResult } from '../transport.ts';

/** A server we may talk to: where, and as whom. */
export interface Session {
  /** Kubeconfig context, or `in-cluster`. */
  readonly context: string;
  /** As reports name it: `kubernetes prod-eu`. */
  readonly source: string;
  /** Base URL without a slash at its end. */
  readonly url: string;
  /** Host and port. */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: HttpAgent | HttpsAgent;
}

/** One GET. The only way by which this folder reads from an API server. */
export function get(
  session: Session,
  path: string,
  options: { readonly accept?: string; readonly tries?: number },
  context: GatherContext,
): Promise<JsonResult> {
  return exchangeJson(
    {
      url: `${session.url}${path}`,
      headers: { ...session.headers, ...(options.accept === undefined ? {} : { accept: options.accept }) },
      agent: session.agent,
      ...(options.tries === undefined ? {} : { tries: options.tries }),
    },
    context,
  );
}
