import { type LabHttp, type LabHttpOptions, startHttp } from './server.ts';

/** The error of an OpenAI-shaped API for a request without a key. */
const noKey = JSON.stringify({
  error: { message: 'You did not provide an API key (agentops lab).', type: 'invalid_request_error', param: null, code: null },
});

/** A model provider that nobody pays: it refuses every request for want of a key, as the real ones do. */
export function startProvider(options: LabHttpOptions = {}): Promise<LabHttp> {
  return startHttp({ ...options, routes: { '*': { status: 401, body: noKey }, ...options.routes } });
}
