import { Agent } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TlsConfig } from '../../config/schema.ts';
import { openConnection } from '../../evidence/http/connect.ts';
import { bareHost, type HttpProxy, proxyFor } from '../../evidence/http/proxy.ts';
import { readTls } from '../../evidence/http/tls-files.ts';
import type { Host } from '../../host.ts';
import { RotationFailure } from '../failure.ts';
import type { RunContext } from '../ports.ts';

/**
 * The agent for an https URL, with its TLS settings and through the proxy that
 * the environment names; undefined for plain http, which goes directly. Throws
 * `operator` where the settings cannot be used.
 */
export async function agentFor(base: string, tls: TlsConfig | undefined, host: Host, context: RunContext): Promise<Agent | undefined> {
  const url = new URL(base);
  const proxy = proxyFor(url, host.env);
  if (proxy === 'invalid') throw new RotationFailure('operator', 'the proxy variable is no http(s) URL');
  if (url.protocol !== 'https:') return undefined;
  const material = await readTls(tls, host);
  if (!material.ok) throw new RotationFailure('operator', material.failure.detail);
  if (!proxy) return new Agent(material.tls);
  return new ProxiedAgent({ host: bareHost(url.hostname), port: Number(url.port) || 443, tls: material.tls, proxy }, context);
}

class ProxiedAgent extends Agent {
  readonly #target: Parameters<typeof openConnection>[0] & { readonly proxy: HttpProxy };
  readonly #context: RunContext;

  constructor(target: Parameters<typeof openConnection>[0] & { readonly proxy: HttpProxy }, context: RunContext) {
    super();
    this.#target = target;
    this.#context = context;
  }

  override createConnection(_options: unknown, done?: (error: Error | null, stream: Duplex) => void): undefined {
    const { signal, host } = this.#context;
    openConnection(this.#target, { timings: {}, phase: 'tcp' }, signal, () => host.clock.monotonic()).then(
      (socket) => done?.(null, socket),
      (error: unknown) => (done as ((error: Error) => void) | undefined)?.(error instanceof Error ? error : new Error('no connection')),
    );
    return undefined;
  }
}
