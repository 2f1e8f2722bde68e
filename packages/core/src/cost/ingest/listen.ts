import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { AgentOpsError } from '../../errors.ts';
import type { Host } from '../../host.ts';
import type { Reject } from '../../model/usage.ts';
import { Malformed } from '../sources/fields.ts';
import { parseJson } from '../sources/json-text.ts';
import { type OtlpState, otlp } from '../sources/otlp/otlp.ts';
import type { FileCursor } from '../sources/source.ts';
import type { UsageStore } from './writer.ts';

/** Bodies of exporters are a few hundred kB; unpacked ones are bounded as well. */
const maxBodyBytes = 16 << 20;
const unzip = promisify(gunzip);

export interface ListenOptions {
  readonly host: Host;
  /** Default loopback. */
  readonly address?: string;
  /** Default 4318, OTLP's; 0 takes a free one. */
  readonly port?: number;
}

export interface Listener {
  readonly url: string;
  /** Parts received so far: spans, data points. */
  counts(): {
    readonly lines: number;
    readonly counted: number;
    readonly duplicate: number;
    readonly rejected: number;
    readonly empty: number;
  };
  close(): Promise<void>;
}

/** Where each signal goes, and how OTLP calls its parts that were refused. */
const signals: Readonly<Record<string, string>> = {
  '/v1/traces': 'rejectedSpans',
  '/v1/metrics': 'rejectedDataPoints',
  '/v1/logs': 'rejectedLogRecords',
};

/**
 * An OTLP/HTTP receiver (JSON) that writes usage to the ledger.
 *
 * @throws AgentOpsError `port-in-use`
 */
export async function listen(ledger: UsageStore, options: ListenOptions): Promise<Listener> {
  const address = options.address ?? '127.0.0.1';
  const port = options.port ?? 4318;
  // Cumulative series go on where the last run left them: their last points are kept as a file's state is.
  const path = `otlp://${hostname()}/${address}:${port}`;
  const receiver = new Receiver(ledger, options.host, path);
  await receiver.resume();
  const server = createServer((request, response) => {
    receiver.handle(request, response).catch(() => answer(response, 500, { message: 'internal error' }));
  });
  server.requestTimeout = 30_000;
  const bound = await bind(server, address, port);
  const shown = address.includes(':') ? `[${address}]` : address;
  return {
    url: `http://${shown}:${bound}`,
    counts: () => receiver.counts,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await closed;
      await receiver.idle();
    },
  };
}

function bind(server: Server, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message =
        error.code === 'EADDRINUSE' ? `port ${port} is in use` : `cannot listen on ${address}:${port} (${error.code ?? 'unknown error'})`;
      reject(new AgentOpsError('port-in-use', message, { cause: error, hint: 'choose another one' }));
    });
    server.listen(port, address, () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}

class Receiver {
  readonly #ledger: UsageStore;
  readonly #host: Host;
  readonly #path: string;
  #state: OtlpState = otlp.start({ path: '' });
  #requests = 0;
  /** One request after another: the state of series must not fork. */
  #chain: Promise<unknown> = Promise.resolve();
  counts = { lines: 0, counted: 0, duplicate: 0, rejected: 0, empty: 0 };

  constructor(ledger: UsageStore, host: Host, path: string) {
    this.#ledger = ledger;
    this.#host = host;
    this.#path = path;
  }

  async resume(): Promise<void> {
    const cursor = (await this.#ledger.cursors('otlp')).find((known) => known.path === this.#path);
    if (!cursor) return;
    this.#requests = cursor.lines;
    this.#state = JSON.parse(cursor.state) as OtlpState;
  }

  async idle(): Promise<void> {
    await this.#chain;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const signal = new URL(request.url ?? '/', 'http://localhost').pathname;
    const refusedParts = signals[signal];
    if (refusedParts === undefined) return answer(response, 404, { message: `not here: send to ${Object.keys(signals).join(', ')}` });
    if (request.method !== 'POST') return answer(response, 405, { message: 'only POST' }, { allow: 'POST' });
    const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
    if (type !== 'application/json') {
      const hint = 'this receiver reads OTLP as JSON only: set OTEL_EXPORTER_OTLP_PROTOCOL=http/json';
      return answer(response, 415, { message: hint });
    }
    const body = await readBody(request);
    if ('status' in body)
      return answer(response, body.status, { message: body.message }, body.status === 413 ? { connection: 'close' } : {});
    let document: unknown;
    try {
      document = parseJson(body.bytes);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      return answer(response, 400, { message: error.message });
    }
    const taken = this.#chain.then(() => this.#take(document));
    this.#chain = taken.catch(() => undefined);
    let rejects: readonly Reject[];
    try {
      rejects = await taken;
    } catch {
      this.#host.log.warn('the ledger could not be written: exporters are asked to send again');
      return answer(response, 503, { message: 'the ledger cannot be written now' }, { 'retry-after': '5' });
    }
    const [first] = rejects;
    // 64-bit numbers are text in the JSON of protocol buffers.
    answer(response, 200, first ? { partialSuccess: { [refusedParts]: String(rejects.length), errorMessage: first.detail } } : {});
  }

  async #take(document: unknown): Promise<readonly Reject[]> {
    const read = otlp.read(document, this.#state, { path: this.#path });
    const rejects = read.rejects.map(({ reason, detail }) => ({ source: this.#path, line: 0, reason, detail }));
    const lines = read.records.length + rejects.length + read.empty;
    const { counted } = await this.#ledger.write({
      source: this.#path,
      kind: 'otlp',
      records: read.records,
      rejects,
      lines,
      empty: read.empty,
      cursor: this.#cursor(read.state),
    });
    this.#state = read.state;
    this.#requests++;
    this.counts = {
      lines: this.counts.lines + lines,
      counted: this.counts.counted + counted,
      duplicate: this.counts.duplicate + read.records.length - counted,
      rejected: this.counts.rejected + rejects.length,
      empty: this.counts.empty + read.empty,
    };
    return rejects;
  }

  #cursor(state: OtlpState): FileCursor {
    // A ledger moves cursors only forward: what counts up here is requests.
    const lines = this.#requests + 1;
    return {
      path: this.#path,
      kind: 'otlp',
      size: 0,
      mtimeMs: this.#host.clock.now(),
      offset: lines,
      lines,
      head: '',
      headBytes: 0,
      state: JSON.stringify(state),
    };
  }
}

type Body = { readonly bytes: Buffer } | { readonly status: number; readonly message: string };

async function readBody(request: IncomingMessage): Promise<Body> {
  const tooLarge = { status: 413, message: `more than ${maxBodyBytes >> 20} MiB: send smaller batches` };
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding !== 'identity' && encoding !== 'gzip') return { status: 415, message: 'content-encoding: only gzip' };
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) return tooLarge;
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (encoding === 'identity') return { bytes };
  try {
    return { bytes: await unzip(bytes, { maxOutputLength: maxBodyBytes }) };
  } catch (error) {
    return error instanceof RangeError ? tooLarge : { status: 400, message: 'the body is not gzip' };
  }
}

function answer(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  if (response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
