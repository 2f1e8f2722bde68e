import type { Socket } from 'node:net';
import { ConnectFailure } from './connect-failure.ts';
import type { HttpProxy } from './proxy.ts';

/** Asks a proxy for a tunnel with CONNECT; reads not a byte past the answer's head. */
export function tunnel(socket: Socket, to: { host: string; port: number }, proxy: HttpProxy, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let head = '';
    const finish = (error?: Error): void => {
      socket.removeListener('data', onData);
      socket.removeListener('error', onError);
      socket.removeListener('close', onError);
      signal.removeEventListener('abort', onAbort);
      socket.pause();
      if (error) reject(error);
      else resolve();
    };
    const fail = (reason: 'unreachable' | 'timeout', detail: string): void => finish(new ConnectFailure({ reason, detail, phase: 'tcp' }));
    const onData = (chunk: Buffer): void => {
      head += chunk.toString('latin1');
      const complete = head.includes('\r\n\r\n');
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
      if (complete && status?.startsWith('2')) finish();
      else if (complete && status !== undefined) fail('unreachable', `the proxy answers ${status}`);
      else if (complete || head.length > 16_384) fail('unreachable', 'the proxy answers no HTTP');
    };
    const onError = (): void => fail('unreachable', 'the proxy closed the connection');
    const onAbort = (): void => fail('timeout', 'the proxy does not answer');
    socket.on('data', onData);
    socket.once('error', onError);
    socket.once('close', onError);
    signal.addEventListener('abort', onAbort, { once: true });
    const authority = `${to.host.includes(':') ? `[${to.host}]` : to.host}:${to.port}`;
    const authorization = proxy.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
    socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n`);
  });
}
