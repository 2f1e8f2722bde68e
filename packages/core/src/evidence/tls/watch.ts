import type { Agent } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { CertificateFacts } from '../../model/servers.ts';
import { classifyError } from '../failure.ts';
import { readCertificate } from '../http/certificate.ts';

/** What was seen of a server's TLS while it was talked to anyway. */
export interface TlsSighting {
  /** Of several (behind a load balancer) the one that expires first. */
  readonly certificate?: CertificateFacts;
  /** TLS itself failed, so that no certificate could be read: a handshake that verifies nothing may still see it. */
  readonly refused?: boolean;
}

export interface TlsWatch {
  seen(): TlsSighting;
}

/**
 * Looks on as an agent opens its connections and reads the server's
 * certificate from each: no handshake is made for it. `onSecure` is called
 * whenever TLS is established.
 */
export function watchTls(agent: Agent, onSecure: () => void = () => undefined): TlsWatch {
  let sighting: TlsSighting = {};
  const watched = new WeakSet<object>();
  const watch = (socket: unknown): void => {
    if (!(socket instanceof TLSSocket) || watched.has(socket)) return;
    watched.add(socket);
    const failed = (error: Error): void => {
      if (classifyError(error).phase === 'tls') sighting = { ...sighting, refused: true };
    };
    socket.once('error', failed);
    socket.once('secureConnect', () => {
      socket.removeListener('error', failed);
      const certificate = readCertificate(socket);
      if (certificate) sighting = { ...sighting, certificate: earlier(sighting.certificate, certificate) };
      onSecure();
    });
  };
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    // A connection through a proxy is handed over later, by the callback.
    const made = create(
      options,
      callback &&
        ((error, socket) => {
          watch(socket);
          callback(error, socket);
        }),
    );
    watch(made);
    return made;
  };
  return { seen: () => sighting };
}

/** The certificate that ends first. */
export function earlier(one: CertificateFacts | undefined, other: CertificateFacts): CertificateFacts {
  return one && one.notAfter <= other.notAfter ? one : other;
}
