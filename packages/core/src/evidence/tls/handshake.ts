import type { CertificateFacts } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { classifyError, type Failure } from '../failure.ts';
import { openConnection, type Trace } from '../http/connect.ts';
import { ConnectFailure } from '../http/connect-failure.ts';
import type { HttpProxy } from '../http/proxy.ts';

/** ms; a server that takes longer for a handshake is down for those who need it. */
const limitMs = 5000;

/** Where a server's TLS is to be met. */
export interface TlsTarget {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Name to ask for; default the host. */
  readonly servername?: string | undefined;
  /** `invalid`: the traffic goes through a proxy of a kind that is not spoken here. */
  readonly proxy?: HttpProxy | 'invalid' | undefined;
}

/**
 * One TLS handshake for the sake of the certificate, which is read before it
 * is judged: an expired one can be named. Nothing is sent on the connection,
 * and no client certificate is offered. Never throws.
 */
export async function handshake(
  target: TlsTarget,
  context: GatherContext,
): Promise<{ readonly certificate: CertificateFacts } | { readonly failure: Failure }> {
  const now = (): number => context.host.clock.monotonic();
  const limit = AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(limitMs, context.deadline - now()))));
  const trace: Trace = { timings: {}, phase: 'tcp' };
  const tls = { rejectUnauthorized: false, ...(target.servername === undefined ? {} : { servername: target.servername }) };
  try {
    const { host, port, proxy } = target;
    if (proxy === 'invalid')
      throw new ConnectFailure({ reason: 'unsupported', detail: 'the proxy before it is no http(s) proxy', phase: 'tcp' });
    const socket = await openConnection({ host, port, tls, proxy }, trace, AbortSignal.any([context.signal, limit]), now);
    socket.destroy();
  } catch (error) {
    if (!trace.certificate) return { failure: error instanceof ConnectFailure ? error.failure : classifyError(error) };
  }
  return trace.certificate ? { certificate: trace.certificate } : { failure: noCertificate };
}

/** TLS knows modes without one. */
const noCertificate: Failure = { reason: 'invalid', detail: 'TLS: the server shows no certificate', phase: 'tls' };
