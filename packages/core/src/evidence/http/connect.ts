import { isIP, connect as netConnect, type Socket } from 'node:net';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import type { CertificateFacts, ConnectionTimings } from '../../model/servers.ts';
import { classifyError, type Failure } from '../failure.ts';
import { readCertificate } from './certificate.ts';
import { ConnectFailure } from './connect-failure.ts';
import type { HttpProxy } from './proxy.ts';
import type { TlsMaterial } from './tls-files.ts';
import { tunnel } from './tunnel.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsMaterial | undefined;
  readonly proxy: HttpProxy | undefined;
}

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What a connection attempt fills in as it proceeds; valid whatever comes of it. */
export interface Trace {
  readonly timings: Mutable<ConnectionTimings>;
  phase: Failure['phase'];
  certificate?: CertificateFacts;
}

/**
 * Opens a TCP or TLS connection phase by phase. The certificate is read before
 * it is judged, so that an expired one can be named, and nothing is sent to a
 * server that did not pass. Throws what Node threw, or a {@link ConnectFailure}.
 */
export async function openConnection(target: Target, trace: Trace, signal: AbortSignal, now: () => number): Promise<Socket> {
  const { proxy } = target;
  let socket = await openTcp(proxy ?? target, trace, signal, now);
  try {
    if (proxy?.tls) socket = (await openTls(socket, proxy.host, { rejectUnauthorized: true }, signal)).socket;
    // Plain HTTP goes through a proxy by asking it for the whole URL; only TLS needs a tunnel.
    if (proxy && target.tls) await tunnel(socket, target, proxy, signal);
    if (!target.tls) return socket;
    trace.phase = 'tls';
    const start = now();
    const secured = await openTls(socket, target.tls.servername ?? target.host, { ...target.tls, rejectUnauthorized: false }, signal);
    trace.timings.tlsMs = now() - start;
    const certificate = readCertificate(secured.socket);
    if (certificate) trace.certificate = certificate;
    if (secured.error !== undefined && target.tls.rejectUnauthorized) {
      secured.socket.destroy();
      throw new ConnectFailure(classifyError(Object.assign(new Error('verify'), { code: secured.error })));
    }
    return secured.socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function openTcp(to: { host: string; port: number }, trace: Trace, signal: AbortSignal, now: () => number): Promise<Socket> {
  const start = now();
  let resolved = start;
  trace.phase = isIP(to.host) ? 'tcp' : 'dns';
  const socket = netConnect({ host: to.host, port: to.port });
  // Emitted once an address with happy eyeballs; the first one is the resolver's answer.
  socket.once('lookup', (error) => {
    if (error || isIP(to.host)) return;
    resolved = now();
    trace.timings.dnsMs = resolved - start;
    trace.phase = 'tcp';
  });
  await settled(socket, 'connect', signal);
  trace.timings.tcpMs = now() - resolved;
  return socket;
}

async function openTls(
  socket: Socket,
  name: string,
  tls: TlsMaterial,
  signal: AbortSignal,
): Promise<{ socket: TLSSocket; error: string | undefined }> {
  // SNI must be a name; for an address, `host` is what the certificate is checked against.
  const { servername: _replaced, ...material } = tls;
  const secure = tlsConnect({ socket, ...material, host: name, ...(isIP(name) ? {} : { servername: name }), ALPNProtocols: ['http/1.1'] });
  await settled(secure, 'secureConnect', signal);
  return { socket: secure, error: verifyError(secure) };
}

/** Node sets a code here though its type says Error. */
function verifyError(socket: TLSSocket): string | undefined {
  if (socket.authorized) return undefined;
  const error: unknown = socket.authorizationError;
  if (typeof error === 'string') return error;
  return error instanceof Error && 'code' in error ? String(error.code) : 'ERR_TLS_UNVERIFIED';
}

/** Waits for an event of a socket; an error, a close or the signal end the wait and the socket. */
function settled(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: unknown): void => {
      socket.removeListener(event, onDone);
      socket.removeListener('close', onClose);
      signal.removeEventListener('abort', onAbort);
      // Later errors belong to whoever uses the socket; until then they must not be unhandled.
      socket.on('error', () => undefined);
      socket.removeListener('error', finish);
      if (error === undefined) {
        resolve();
      } else {
        socket.destroy();
        reject(error);
      }
    };
    const onDone = (): void => finish();
    const onClose = (): void => finish(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    const onAbort = (): void => finish(new DOMException('', 'TimeoutError'));
    socket.once(event, onDone);
    socket.once('error', finish);
    socket.once('close', onClose);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
