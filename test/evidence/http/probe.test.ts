import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type ProbeRequest, probeEndpoint } from '../../../packages/core/src/evidence/http/probe.ts';
import { readTls } from '../../../packages/core/src/evidence/http/tls-files.ts';
import { startHttp } from '../../../packages/lab/src/http/server.ts';
import { type Fault, startFault } from '../../support/fault-server.ts';
import { testGatherContext, testHost } from '../../support/host.ts';
import { tlsFile, tlsServer } from '../../support/tls.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

function track<T extends { close(): Promise<void> }>(server: T): T {
  open.push(server);
  return server;
}

const strict = { rejectUnauthorized: true };
const request = (url: string, more: Partial<ProbeRequest> = {}): ProbeRequest => ({
  name: 'svc',
  url,
  method: 'GET',
  headers: {},
  timeoutMs: 400,
  tls: strict,
  expects: { matches: (status) => status < 400, text: 'a status below 400' },
  ...more,
});

describe('a healthy endpoint', () => {
  test('answers with status, type and timings', async () => {
    const server = track(await startHttp({ routes: { '/healthz': {} } }));
    const { probe, cutOff } = await probeEndpoint(request(`${server.url}/healthz`), testGatherContext());
    expect(cutOff).toBe(false);
    expect(probe).toMatchObject({ ok: true, status: 200, contentType: 'application/json', expected: 'a status below 400' });
    expect(Object.keys(probe.timings).sort()).toEqual(['firstByteMs', 'tcpMs', 'totalMs']);
  });

  test('a name is looked up, and that is timed', async () => {
    const server = track(await startHttp({ routes: { '*': {} } }));
    const { probe } = await probeEndpoint(request(`http://localhost:${server.port}/`), testGatherContext());
    expect(probe.ok).toBe(true);
    expect(probe.timings.dnsMs).toBeGreaterThanOrEqual(0);
  });

  test.each([
    ['100%25%20sure', 'user:100% sure'],
    ['100%sure', 'user:100%sure'],
  ])('the password %s of a URL is sent as %s, whether its %% was encoded or not', async (password, sent) => {
    const seen: string[] = [];
    const server = createServer((socket) =>
      socket.on('data', (chunk) => {
        const basic = /authorization: Basic (\S+)/i.exec(chunk.toString('latin1'))?.[1] ?? '';
        seen.push(Buffer.from(basic, 'base64').toString());
        socket.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    track({ close: () => new Promise<void>((resolve) => server.close(() => resolve())) });
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const { probe } = await probeEndpoint(request(`http://user:${password}@127.0.0.1:${port}/`), testGatherContext());
    expect(probe).toMatchObject({ ok: true, status: 204 });
    expect(seen).toEqual([sent]);
  });

  test('the report’s URL has neither credentials nor query, the request has both', async () => {
    const server = track(await startHttp({ routes: { '*': {} } }));
    const url = `http://user:CANARY@127.0.0.1:${server.port}/path?key=CANARY`;
    const { probe } = await probeEndpoint(request(url, { headers: { 'x-scope': 'a' } }), testGatherContext());
    expect(probe.url).toBe(`http://127.0.0.1:${server.port}/path`);
    expect(JSON.stringify(probe)).not.toContain('CANARY');
    expect(server.requests[0]).toMatchObject({ path: '/path', headers: { authorization: '(left out)', 'x-scope': 'a' } });
  });

  test('a redirect is an answer and is not followed', async () => {
    const other = track(await startHttp({ routes: { '*': {} } }));
    const server = track(await startHttp({ routes: { '*': { status: 302, headers: { location: `${other.url}/` } } } }));
    const { probe } = await probeEndpoint(request(server.url), testGatherContext());
    expect(probe).toMatchObject({ ok: true, status: 302 });
    expect(other.requests).toEqual([]);
  });

  test('an endless stream of events counts by its head', async () => {
    const server = track(
      await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n')),
    );
    const { probe } = await probeEndpoint(request(server.url), testGatherContext());
    expect(probe).toMatchObject({ ok: true, status: 200, contentType: 'text/event-stream' });
  });

  test('of a large body only the beginning is read', async () => {
    let sent = 0;
    const server = track(
      await rawServer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n');
        const chunk = Buffer.alloc(64 * 1024);
        const more = (): void => {
          while (!socket.destroyed && socket.write(chunk)) sent += chunk.length;
          sent += chunk.length;
          socket.once('drain', more);
        };
        more();
      }),
    );
    const { probe } = await probeEndpoint(request(server.url), testGatherContext());
    expect(probe).toMatchObject({ ok: true, status: 200 });
    expect(sent).toBeLessThan(100 * 1024 * 1024);
  });

  test('HEAD has no body to wait for', async () => {
    const server = track(await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n')));
    const { probe } = await probeEndpoint(request(server.url, { method: 'HEAD' }), testGatherContext());
    expect(probe).toMatchObject({ ok: true, status: 200 });
  });
});

describe('faults', () => {
  test.each<[Fault, { reason: string; phase: string; detail: string }, number | undefined]>([
    ['refused', { reason: 'unreachable', phase: 'tcp', detail: 'connection refused' }, undefined],
    ['black-hole', { reason: 'timeout', phase: 'http', detail: 'HTTP: no answer in 0.4 s' }, undefined],
    ['dns', { reason: 'unreachable', phase: 'dns', detail: 'DNS: no such host' }, undefined],
    ['tls', { reason: 'unreachable', phase: 'tls', detail: 'TLS: self-signed certificate' }, undefined],
    ['401', { reason: 'unauthorized', phase: 'http', detail: 'answers 401: credentials missing or refused' }, 401],
    ['403', { reason: 'forbidden', phase: 'http', detail: 'answers 403: not allowed' }, 403],
    ['429', { reason: 'rate-limited', phase: 'http', detail: 'answers 429: too many requests' }, 429],
    ['500', { reason: 'server-error', phase: 'http', detail: 'answers 500' }, 500],
    ['truncated', { reason: 'invalid', phase: 'http', detail: 'the answer was cut short' }, undefined],
    ['slow-drip', { reason: 'timeout', phase: 'http', detail: 'HTTP: no answer in 0.4 s' }, undefined],
  ])('%s', async (fault, failure, status) => {
    const server = track(await startFault(fault));
    const { probe, cutOff } = await probeEndpoint(request(server.url), testGatherContext());
    expect(probe.failure).toEqual(
      failure.reason === 'timeout' ? { ...failure, detail: expect.stringMatching(/^HTTP: no answer in 0\.\d+ s$/) } : failure,
    );
    expect(probe).toMatchObject({ ok: false });
    expect(probe.status).toBe(status);
    expect(cutOff).toBe(false);
  });

  test('Retry-After of a 429 is kept', async () => {
    const server = track(await startFault('429'));
    const { probe } = await probeEndpoint(request(server.url), testGatherContext());
    expect(probe.retryAfterMs).toBe(3_600_000);
  });

  test('what the end of the run cuts off is not the endpoint’s fault', async () => {
    const server = track(await startFault('black-hole'));
    const { probe, cutOff } = await probeEndpoint(request(server.url, { timeoutMs: 5000 }), testGatherContext(150));
    expect(cutOff).toBe(true);
    expect(probe.failure?.reason).toBe('timeout');
  });

  test('an answer that is no HTTP', async () => {
    const server = track(await rawServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')));
    const { probe } = await probeEndpoint(request(server.url), testGatherContext());
    expect(probe.failure).toEqual({ reason: 'invalid', detail: 'the answer is not HTTP', phase: 'http' });
  });

  test('TLS to a server that speaks none', async () => {
    const server = track(await startHttp({}));
    const { probe } = await probeEndpoint(request(server.url.replace('http:', 'https:')), testGatherContext());
    expect(probe.failure).toMatchObject({ reason: 'unreachable', phase: 'tls' });
  });
});

describe('TLS', () => {
  const withCa = async (more: { insecureSkipVerify?: boolean; serverName?: string } = {}) => {
    const read = await readTls({ caFile: tlsFile('ca.pem'), insecureSkipVerify: false, ...more }, testHost());
    if (!read.ok) throw new Error(read.failure.detail);
    return read.tls;
  };

  test('a certificate of a known CA is verified and described', async () => {
    const server = track(await startHttp({ tls: tlsServer(), routes: { '*': {} } }));
    const { probe } = await probeEndpoint(request(server.url, { tls: await withCa() }), testGatherContext());
    expect(probe).toMatchObject({ ok: true, status: 200 });
    expect(probe.timings.tlsMs).toBeGreaterThan(0);
    expect(probe.unverified).toBeUndefined();
    expect(probe.certificate).toEqual({
      subject: 'agentops test-only server',
      issuer: 'agentops test-only CA',
      notAfter: Date.parse('2120-01-01T00:00:00Z'),
      names: ['localhost', '127.0.0.1', '0:0:0:0:0:0:0:1'],
    });
  });

  test.each([
    ['server', strict, 'TLS: certificate issuer unknown'],
    ['self-signed', strict, 'TLS: self-signed certificate'],
    ['expired', undefined, 'TLS: certificate has expired'],
    ['other-name', undefined, 'TLS: certificate is for another name'],
  ] as const)('%s is refused, its certificate is read, and no header reaches it', async (name, tls, detail) => {
    const server = track(await startHttp({ tls: tlsServer(name), routes: { '*': {} } }));
    const asked = request(server.url, { tls: tls ?? (await withCa()), headers: { authorization: 'Bearer CANARY' } });
    const { probe } = await probeEndpoint(asked, testGatherContext());
    expect(probe.failure).toEqual({ reason: 'unreachable', detail, phase: 'tls' });
    expect(probe.certificate?.subject).toBe(`agentops test-only ${name}`);
    expect(server.requests).toEqual([]);
  });

  test('a name to expect replaces that of the URL', async () => {
    const server = track(await startHttp({ tls: tlsServer('other-name'), routes: { '*': {} } }));
    const { probe } = await probeEndpoint(request(server.url, { tls: await withCa({ serverName: 'other.example' }) }), testGatherContext());
    expect(probe).toMatchObject({ ok: true, status: 200 });
  });

  test('unverified on request, and said so', async () => {
    const server = track(await startHttp({ tls: tlsServer('expired'), routes: { '*': {} } }));
    const { probe } = await probeEndpoint(request(server.url, { tls: await withCa({ insecureSkipVerify: true }) }), testGatherContext());
    expect(probe).toMatchObject({ ok: true, unverified: true, certificate: { notAfter: Date.parse('2020-02-01T00:00:00Z') } });
  });
});

describe('through a proxy', () => {
  const env = (url: string): Parameters<typeof testHost>[0] => ({ env: { HTTPS_PROXY: url, http_proxy: url } });

  test('TLS goes through a tunnel; the proxy’s credentials stay with the proxy', async () => {
    const server = track(await startHttp({ tls: tlsServer(), routes: { '*': {} } }));
    const proxy = track(await tunnelProxy(server.port));
    const host = testHost(env(`http://u:CANARY@127.0.0.1:${proxy.port}`));
    const read = await readTls({ caFile: tlsFile('ca.pem'), insecureSkipVerify: false, serverName: 'localhost' }, host);
    const tls = read.ok ? read.tls : strict;
    const { probe } = await probeEndpoint(request('https://api.example/v1', { tls }), testGatherContext(2000, host));
    expect(probe).toMatchObject({ ok: true, status: 200, via: `127.0.0.1:${proxy.port}` });
    expect(proxy.heads[0]).toContain('CONNECT api.example:443 HTTP/1.1');
    expect(proxy.heads[0]).toContain(`Proxy-Authorization: Basic ${Buffer.from('u:CANARY').toString('base64')}`);
    expect(server.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
    expect(JSON.stringify(probe)).not.toContain('CANARY');
  });

  test('a proxy that refuses is named as the reason', async () => {
    const proxy = track(await rawServer((socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')));
    const { probe } = await probeEndpoint(request('https://api.example/'), testGatherContext(2000, testHost(env(proxy.url))));
    expect(probe.failure).toEqual({ reason: 'unreachable', detail: 'the proxy answers 407', phase: 'tcp' });
  });

  test('plain HTTP asks the proxy for the whole URL', async () => {
    const seen: string[] = [];
    const proxy = track(
      await rawServer((socket, head) => {
        seen.push(head.split('\r\n')[0] ?? '');
        socket.end('HTTP/1.1 204 No Content\r\n\r\n');
      }),
    );
    const { probe } = await probeEndpoint(request('http://api.example/v1?x=1'), testGatherContext(2000, testHost(env(proxy.url))));
    expect(probe).toMatchObject({ ok: true, status: 204 });
    expect(seen).toEqual(['GET http://api.example/v1?x=1 HTTP/1.1']);
  });

  test('a variable that names no HTTP proxy is not passed over in silence', async () => {
    const { probe } = await probeEndpoint(request('https://api.example/'), testGatherContext(2000, testHost(env('socks5://127.0.0.1:1'))));
    expect(probe.failure).toMatchObject({ reason: 'invalid', detail: 'the proxy variable is no http(s) URL' });
  });
});

describe('readTls', () => {
  test.each([
    ['missing', { caFile: 'missing.pem' }, 'the CA file missing.pem cannot be read'],
    ['not PEM', { certFile: 'README.md' }, 'the client certificate README.md is not PEM'],
  ])('a file that is %s is named', async (_what, files, detail) => {
    const host = testHost({ cwd: tlsFile('') });
    expect(await readTls({ insecureSkipVerify: false, ...files }, host)).toEqual({
      ok: false,
      failure: { reason: 'invalid', detail, phase: 'tls' },
    });
  });
});

/** A server that does what it likes with a socket once a request's head is there. */
async function rawServer(act: (socket: Socket, head: string) => void): Promise<{ url: string; port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    let head = '';
    socket.on('data', (chunk) => {
      const before = head.includes('\r\n\r\n');
      head += chunk.toString('latin1');
      if (!before && head.includes('\r\n\r\n')) act(socket, head);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { url: `http://127.0.0.1:${port}`, port, close };
}

/** A CONNECT proxy that leads to one port, whatever it is asked for. */
async function tunnelProxy(to: number): Promise<{ url: string; port: number; heads: string[]; close(): Promise<void> }> {
  const { connect } = await import('node:net');
  const heads: string[] = [];
  const server = await rawServer((socket, head) => {
    heads.push(head);
    const upstream = connect(to, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  });
  return { ...server, heads };
}
