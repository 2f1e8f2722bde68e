import { type Agent as HttpAgent, request as httpRequest } from 'node:http';
import { type Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { classifyError, type Failure } from '../../evidence/failure.ts';
import { collect, flat } from '../../evidence/kubernetes/request.ts';

export interface Outgoing {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  readonly agent: HttpAgent | HttpsAgent;
}

export type Sent =
  | { readonly ok: true; readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer }
  /** `untouched`: the server cannot have acted on it, or has dropped a connection that was idle. */
  | { readonly ok: false; readonly failure: Failure; readonly untouched: boolean };

const neverConnected = new Set(['connection refused', 'no route to host', 'network unreachable']);

/** One HTTP exchange, whatever its method. Any answer is `ok`; redirects are not followed. Never rejects. */
export function send(request: Outgoing, signal: AbortSignal): Promise<Sent> {
  const { promise, resolve } = Promise.withResolvers<Sent>();
  const failed = (error: unknown, untouched: boolean): void => {
    const failure: Failure = signal.aborted ? { reason: 'timeout', detail: 'no answer in time', phase: 'http' } : classifyError(error);
    resolve({ ok: false, failure, untouched: untouched || failure.phase === 'dns' || neverConnected.has(failure.detail) });
  };
  const start = request.url.startsWith('https:') ? httpsRequest : httpRequest;
  const length = request.body === undefined ? {} : { 'content-length': String(request.body.length) };
  try {
    const outgoing = start(request.url, {
      method: request.method,
      headers: { ...request.headers, ...length },
      agent: request.agent,
      signal,
    });
    outgoing.on('error', (error) => failed(error, outgoing.reusedSocket));
    outgoing.on('response', (incoming) => {
      const cut: Failure = { reason: 'invalid', detail: 'the answer was cut short', phase: 'http' };
      const broken = (): void => resolve({ ok: false, failure: cut, untouched: false });
      outgoing.removeAllListeners('error').on('error', broken);
      collect(incoming).then((body) => resolve({ ok: true, status: incoming.statusCode ?? 0, headers: flat(incoming), body }), broken);
    });
    outgoing.end(request.body);
  } catch (error) {
    failed(error, true);
  }
  return promise;
}
