import {
  ClientClosedError,
  ClientOfflineError,
  ConnectionTimeoutError,
  DisconnectsClientError,
  ErrorReply,
  SocketClosedUnexpectedlyError,
} from 'redis';
import { classifyError, type Failure } from '../failure.ts';

/** A Redis failure; `movedTo` where a cluster says that another node (`host:port`, host may be empty) has the key. */
export interface RedisFailure extends Failure {
  readonly movedTo?: string;
  /** AUTH was refused only because the server asks for no password. */
  readonly needless?: boolean;
  /** SENTINEL CKQUORUM says that no failover could be agreed on. */
  readonly noQuorum?: boolean;
}

const byCode: Readonly<Record<string, Pick<Failure, 'reason' | 'detail'>>> = {
  NOAUTH: { reason: 'unauthorized', detail: 'answers NOAUTH: a password is required' },
  WRONGPASS: { reason: 'unauthorized', detail: 'answers WRONGPASS: user or password refused' },
  DENIED: { reason: 'forbidden', detail: 'answers DENIED: protected mode refuses clients from other hosts' },
  LOADING: { reason: 'server-error', detail: 'answers LOADING: it is reading its data set' },
  MASTERDOWN: { reason: 'server-error', detail: 'answers MASTERDOWN: the link to its master is down' },
  CLUSTERDOWN: { reason: 'server-error', detail: 'answers CLUSTERDOWN: the cluster does not serve' },
  BUSY: { reason: 'server-error', detail: 'answers BUSY: a script blocks it' },
  TRYAGAIN: { reason: 'server-error', detail: 'answers TRYAGAIN: slots are being moved' },
  ASK: { reason: 'server-error', detail: 'answers ASK: the slot is being moved' },
  MISCONF: { reason: 'server-error', detail: 'answers MISCONF: it cannot persist' },
  WRONGTYPE: { reason: 'invalid', detail: 'answers WRONGTYPE: the key holds another type' },
};

const byText: readonly [RegExp, Pick<Failure, 'reason' | 'detail'>][] = [
  [/^ERR max number of clients/, { reason: 'server-error', detail: 'refuses clients: maxclients is reached' }],
  [/^ERR invalid password/, { reason: 'unauthorized', detail: 'password refused' }],
  [/^ERR operation not permitted/, { reason: 'unauthorized', detail: 'a password is required' }],
  [/^ERR (DB|invalid DB) index/, { reason: 'invalid', detail: 'has no database of that number' }],
  [/^ERR .*cluster support disabled/, { reason: 'invalid', detail: 'is not a cluster' }],
  [/^ERR Protocol error/, { reason: 'invalid', detail: 'answers a protocol error' }],
];

/**
 * Classifies the text of an error reply to `command`. Only known texts are
 * repeated: an error may quote what was sent.
 */
function classifyReply(text: string, command: string): RedisFailure {
  const phase = 'http';
  const code = /^[A-Z]+/.exec(text)?.[0] ?? '';
  if (code === 'NOPERM') return { reason: 'forbidden', detail: `the ACL does not allow ${command}`, phase };
  if (/^ERR unknown (sub)?command/i.test(text)) return { reason: 'absent', detail: `knows no command ${command}`, phase };
  if (/^ERR (AUTH <password> called without any password|Client sent AUTH, but no password is set)/.test(text)) {
    return { reason: 'unauthorized', detail: 'asks for no password', phase, needless: true };
  }
  if (code === 'NOQUORUM') return { reason: 'server-error', detail: 'answers NOQUORUM', phase, noQuorum: true };
  const moved = /^MOVED \d+ (\S+)$/.exec(text)?.[1];
  if (moved !== undefined) return { reason: 'invalid', detail: 'another node has the key', phase, movedTo: moved };
  const known = byCode[code] ?? byText.find(([pattern]) => pattern.test(text))?.[1];
  return { ...(known ?? { reason: 'server-error', detail: `answers an error to ${command} (${code || 'no code'})` }), phase };
}

const closed = [SocketClosedUnexpectedlyError, ClientClosedError, ClientOfflineError, DisconnectsClientError] as const;

/** Classifies whatever the client threw: an error reply, the network, TLS, its own errors, a broken protocol. */
export function classifyThrown(error: unknown, command: string): RedisFailure {
  if (error instanceof ErrorReply) return classifyReply(error.message, command);
  if (error instanceof ConnectionTimeoutError) return { reason: 'timeout', detail: 'TCP: no answer in time', phase: 'tcp' };
  if (closed.some((kind) => error instanceof kind)) {
    return { reason: 'unreachable', detail: 'connection closed by the server', phase: 'tcp' };
  }
  // The decoder's own words, and what the client's queue throws at a reply that nobody waits for.
  if (error instanceof TypeError || (error instanceof Error && error.message.startsWith('Unknown RESP type'))) {
    return { reason: 'invalid', detail: 'the answer is not RESP (no Redis there?)', phase: 'http' };
  }
  return classifyError(error);
}
