import { isIP } from 'node:net';
import { checkServerIdentity as isServerIdentity, type PeerCertificate } from 'node:tls';
import { createClient } from 'redis';
import type { CertificateFacts } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import { describeCertificate } from '../http/certificate.ts';
import type { TlsMaterial } from '../http/tls-files.ts';
import type { TlsSighting } from '../tls/watch.ts';
import type { RedisAddress } from './address.ts';
import { classifyThrown, type RedisFailure } from './reply-error.ts';

/** A RESP2 reply; an error inside of an array cannot occur in the commands that are sent here. */
export type Reply = string | number | null | readonly Reply[];

export type CallResult = { readonly ok: true; readonly reply: Reply } | { readonly ok: false; readonly failure: RedisFailure };

/** One connection to one server. Every call ends by the limit that it was opened with; nothing ever reconnects. */
export interface RedisConnection {
  readonly ok: true;
  readonly address: RedisAddress;
  call(...command: readonly [string, ...string[]]): Promise<CallResult>;
  close(): void;
}

export interface OpenOptions {
  readonly tls: TlsMaterial | undefined;
  readonly username?: string;
  readonly password?: string;
  readonly database?: number;
  /** Limit for everything on this connection, ms from now. */
  readonly limitMs: number;
  /** Limit for a first answer, ms from now, where that shall be shorter: a PING asks for it. */
  readonly firstAnswerMs?: number;
  /** Told once what came of connecting, where `tls` is set. */
  readonly onTls?: OnTls;
}

/** What one connection attempt over TLS showed; `failure` where there is no connection. */
export type OnTls = (address: RedisAddress, seen: TlsSighting, failure: RedisFailure | undefined) => void;

/**
 * Connects, authenticates and selects the database. Neither HELLO nor CLIENT
 * SETINFO is sent: servers before 6 and restricted users refuse them, and RESP2
 * says all we need.
 */
export async function openRedis(
  address: RedisAddress,
  options: OpenOptions,
  context: GatherContext,
): Promise<RedisConnection | { readonly ok: false; readonly failure: RedisFailure }> {
  const { clock } = context.host;
  const start = clock.monotonic();
  const limitMs = Math.max(1, Math.ceil(Math.min(options.limitMs, context.deadline - start)));
  const whole = startLimit(limitMs, context);
  let limit = startLimit(Math.min(limitMs, options.firstAnswerMs ?? limitMs), context);
  let certificate: CertificateFacts | undefined;
  // Asked once the chain of the certificate is verified; where verification is off, or fails, it is not.
  const checkServerIdentity = (host: string, shown: PeerCertificate): Error | undefined => {
    certificate = describeCertificate(shown);
    return isServerIdentity(host, shown);
  };
  const client = createClient({
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    disableOfflineQueue: true,
    commandOptions: { timeout: limitMs },
    socket: {
      host: address.host,
      port: address.port,
      connectTimeout: limitMs,
      reconnectStrategy: false,
      ...(options.tls ? { tls: true as const, ...withServerName(options.tls, address.host), checkServerIdentity } : {}),
    },
  });
  // A broken protocol is only emitted: the command that waits would wait for ever.
  const broken = new Promise<never>((_, reject) => client.on('error', reject));
  broken.catch(() => undefined);

  const attempt = async (name: string, action: () => Promise<Reply>): Promise<CallResult> => {
    const { signal, passed, ms } = limit;
    try {
      return { ok: true, reply: await Promise.race([action(), broken, passed]) };
    } catch (error) {
      if (!signal.aborted) return { ok: false, failure: classifyThrown(error, name) };
      const seconds = Number(((context.signal.aborted ? clock.monotonic() - start : ms) / 1000).toPrecision(2));
      const connecting = name === 'CONNECT' ? (options.tls ? 'TCP or TLS: ' : 'TCP: ') : '';
      return { ok: false, failure: { reason: 'timeout', detail: `${connecting}no answer in ${seconds} s`, phase: 'tcp' } };
    }
  };
  const connection: RedisConnection = {
    ok: true,
    address,
    call: (...command) => attempt(commandName(command), () => client.sendCommand<Reply>(command)),
    close: () => client.destroy(),
  };
  const opened = await attempt('CONNECT', async () => {
    await client.connect();
    return null;
  });
  if (options.tls) options.onTls?.(address, sightingOf(certificate, opened), opened.ok ? undefined : opened.failure);
  const ready = opened.ok ? await prepare(connection, options) : opened;
  limit = whole;
  if (ready.ok) return connection;
  connection.close();
  return { ok: false, failure: { ...ready.failure } };
}

function sightingOf(certificate: CertificateFacts | undefined, opened: CallResult): TlsSighting {
  if (certificate) return { certificate };
  return !opened.ok && opened.failure.phase === 'tls' ? { refused: true } : {};
}

interface Limit {
  readonly ms: number;
  /** Aborted when the time is over, or the run. */
  readonly signal: AbortSignal;
  /** Rejects then; nobody has to wait for it. */
  readonly passed: Promise<never>;
}

function startLimit(ms: number, context: GatherContext): Limit {
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(ms)]);
  const passed = new Promise<never>((_, reject) => {
    const abort = (): void => reject(new DOMException('', 'TimeoutError'));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  passed.catch(() => undefined);
  return { ms, signal, passed };
}

/** AUTH, SELECT, and PING where a first answer is waited for. A server without a password is fine though we have one: nothing is hidden from us. */
async function prepare(connection: RedisConnection, options: OpenOptions): Promise<CallResult> {
  if (options.username !== undefined || options.password !== undefined) {
    const user = options.username === undefined ? [] : [options.username];
    const answer = await connection.call('AUTH', ...user, options.password ?? '');
    if (!answer.ok && !answer.failure.needless) return answer;
  }
  if (options.database) {
    const selected = await connection.call('SELECT', String(options.database));
    if (!selected.ok) return selected;
  }
  if (options.firstAnswerMs !== undefined) {
    const ping = await connection.call('PING');
    // That it is not allowed, or not known, is an answer, too.
    if (!ping.ok && ping.failure.reason !== 'forbidden' && ping.failure.reason !== 'absent') return ping;
  }
  return { ok: true, reply: null };
}

/** `CLUSTER INFO` is named with its subcommand, `GET key` is not. */
function commandName(command: readonly string[]): string {
  const [name = '', sub = ''] = command;
  return ['CLUSTER', 'SENTINEL'].includes(name) ? `${name} ${sub}` : name;
}

/** SNI for a name, none for an address (which the certificate is still checked against). */
function withServerName(tls: TlsMaterial, host: string): TlsMaterial {
  return tls.servername !== undefined || isIP(host) ? tls : { ...tls, servername: host };
}
