import type { Unavailable, UnavailableReason } from '../model/evidence.ts';

/** Why a connection or a request failed, without anything of the request in it. */
export interface Failure {
  readonly reason: UnavailableReason;
  /** One short phrase, built from an allow-list: never an error's own message, which may carry headers or URLs. */
  readonly detail: string;
  readonly phase: 'dns' | 'tcp' | 'tls' | 'http';
}

const tcpCodes: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: { reason: 'unreachable', detail: 'connection refused', phase: 'tcp' },
  ECONNRESET: { reason: 'unreachable', detail: 'connection reset', phase: 'tcp' },
  EPIPE: { reason: 'unreachable', detail: 'connection closed by the server', phase: 'tcp' },
  EHOSTUNREACH: { reason: 'unreachable', detail: 'no route to host', phase: 'tcp' },
  ENETUNREACH: { reason: 'unreachable', detail: 'network unreachable', phase: 'tcp' },
  EADDRNOTAVAIL: { reason: 'unreachable', detail: 'address not available', phase: 'tcp' },
  ETIMEDOUT: { reason: 'timeout', detail: 'connection timed out', phase: 'tcp' },
  ENOTFOUND: { reason: 'unreachable', detail: 'DNS: no such host', phase: 'dns' },
  EAI_AGAIN: { reason: 'unreachable', detail: 'DNS: name server does not answer', phase: 'dns' },
  EAI_FAIL: { reason: 'unreachable', detail: 'DNS: lookup failed', phase: 'dns' },
  ENODATA: { reason: 'unreachable', detail: 'DNS: name has no address', phase: 'dns' },
};

const tlsDetails: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'TLS: certificate has expired',
  CERT_NOT_YET_VALID: 'TLS: certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS: self-signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLS: self-signed certificate in the chain',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLS: certificate issuer unknown',
  UNABLE_TO_GET_ISSUER_CERT: 'TLS: certificate issuer unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'TLS: certificate issuer unknown',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLS: certificate is for another name',
  EPROTO: 'TLS: handshake failed (no TLS there?)',
  ERR_SSL_WRONG_VERSION_NUMBER: 'TLS: handshake failed (no TLS there?)',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'TLS: handshake failed (no TLS there?)',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'TLS: the server asks for a client certificate',
};

function codeOf(error: unknown): string {
  for (let current: unknown = error, depth = 0; current instanceof Object && depth < 6; depth++) {
    const { code, cause, errors } = current as { code?: unknown; cause?: unknown; errors?: unknown };
    // A dual-stack connect fails with an AggregateError; the first inner one says why.
    const inner: unknown = Array.isArray(errors) ? errors[0] : cause;
    if (typeof code === 'string' && !(code.startsWith('ERR_BAD') && inner)) return code;
    current = inner;
  }
  return '';
}

/** Classifies what Node's network stack, axios or the Redis client threw. */
export function classifyError(error: unknown): Failure {
  const name = error instanceof Error ? error.name : '';
  const code = codeOf(error);
  if (name === 'AbortError' || name === 'TimeoutError' || name === 'CanceledError' || code === 'ERR_CANCELED' || code === 'ECONNABORTED') {
    return { reason: 'timeout', detail: 'no answer in time', phase: 'http' };
  }
  const tcp = tcpCodes[code];
  if (tcp) return tcp;
  const tlsDetail = tlsDetails[code];
  if (tlsDetail) return { reason: 'unreachable', detail: tlsDetail, phase: 'tls' };
  if (/^(ERR_TLS|ERR_SSL|CERT_|ERR_OSSL)/.test(code)) return { reason: 'unreachable', detail: `TLS: ${code}`, phase: 'tls' };
  if (code.startsWith('HPE_') || code === 'ERR_BAD_RESPONSE') return { reason: 'invalid', detail: 'the answer is not HTTP', phase: 'http' };
  // The code of an unknown error is safe to show; its message may not be.
  return { reason: 'unreachable', detail: code ? `connection failed (${code})` : 'connection failed', phase: 'tcp' };
}

/** The reason that an HTTP status stands for; undefined for 2xx. */
export function classifyStatus(status: number): Failure | undefined {
  if (status >= 200 && status < 300) return undefined;
  const phase = 'http';
  if (status === 401) return { reason: 'unauthorized', detail: 'answers 401: credentials missing or refused', phase };
  if (status === 403) return { reason: 'forbidden', detail: 'answers 403: not allowed', phase };
  if (status === 404) return { reason: 'absent', detail: 'answers 404: not there', phase };
  if (status === 429) return { reason: 'rate-limited', detail: 'answers 429: too many requests', phase };
  if (status >= 500) return { reason: 'server-error', detail: `answers ${status}`, phase };
  return { reason: 'invalid', detail: `answers ${status}`, phase };
}

/** A failure as evidence. */
export function unavailableFrom(
  failure: Failure,
  source: string,
  more: { hint?: string; missing?: Unavailable['missing'] } = {},
): Unavailable {
  return { ok: false, reason: failure.reason, source, detail: failure.detail, ...more };
}
