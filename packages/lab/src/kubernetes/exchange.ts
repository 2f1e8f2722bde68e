import type { IncomingMessage, ServerResponse } from 'node:http';
import { badRequest } from './status.ts';
import type { Dict } from './types.ts';

/** Bodies beyond this are refused, as the real server refuses them. */
const bodyLimit = 3 * 1024 * 1024;

/** A whole answer: JSON or plain text. */
export type Answer =
  | { readonly code: number; readonly json: Dict; readonly contentType?: string }
  | { readonly code: number; readonly text: string };

/** One request and its answer. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request;
    this.response = response;
    const url = new URL(request.url ?? '/', 'http://lab');
    this.method = request.method ?? 'GET';
    this.path = url.pathname;
    this.query = url.searchParams;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /** Media type of the body, JSON where the client names none. */
  get contentType(): string {
    return (this.header('content-type') ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
  }

  async body(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > bodyLimit) throw badRequest(`the request body is larger than ${bodyLimit} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  answer(answer: Answer): void {
    if ('text' in answer) {
      this.#end(answer.code, answer.text, 'text/plain; charset=utf-8');
      return;
    }
    const pretty = this.query.get('pretty') === 'true' || this.query.get('pretty') === '1';
    this.#end(answer.code, `${JSON.stringify(answer.json, undefined, pretty ? 2 : 0)}\n`, answer.contentType ?? 'application/json');
  }

  #end(code: number, body: string, contentType: string): void {
    if (this.response.headersSent) {
      this.response.end();
      return;
    }
    this.response.writeHead(code, {
      'Content-Type': contentType,
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-cache, private',
      'X-Content-Type-Options': 'nosniff',
    });
    this.response.end(this.method === 'HEAD' ? undefined : body);
  }
}
