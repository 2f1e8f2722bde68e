import { binary } from './binaries.ts';
import { freePort, type Run, startProcess, waitUntil } from './process.ts';

export interface ToxiproxyServer {
  /** Its HTTP API. */
  readonly url: string;
}

/** A fault between a client and a TCP server; `toxicity` is 1. */
export interface Toxic {
  readonly type: 'timeout' | 'latency' | 'reset_peer' | 'limit_data' | 'slicer' | 'bandwidth';
  readonly attributes: Readonly<Record<string, number>>;
}

export async function startToxiproxy(run: Run): Promise<ToxiproxyServer> {
  const port = await freePort();
  const record = await startProcess(run, {
    name: 'toxiproxy',
    command: await binary('toxiproxy'),
    args: ['-host', '127.0.0.1', '-port', String(port)],
    ports: [port],
  });
  const url = `http://127.0.0.1:${port}`;
  await waitUntil('toxiproxy', async () => (await fetch(`${url}/version`)).ok, { process: record });
  return { url };
}

async function post(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`toxiproxy: ${answer.status} ${await answer.text()}`);
}

/** A proxy in front of `upstream` (host:port) with faults in the server's answers; `remove` closes it. */
export async function openProxy(
  toxiproxy: ToxiproxyServer,
  upstream: string,
  toxics: readonly Toxic[],
): Promise<{ readonly port: number; remove(): Promise<void> }> {
  const port = await freePort();
  const name = `proxy-${port}`;
  await post(`${toxiproxy.url}/proxies`, { name, listen: `127.0.0.1:${port}`, upstream });
  for (const toxic of toxics) await post(`${toxiproxy.url}/proxies/${name}/toxics`, { ...toxic, stream: 'downstream', toxicity: 1 });
  return {
    port,
    remove: async () => {
      await fetch(`${toxiproxy.url}/proxies/${name}`, { method: 'DELETE' });
    },
  };
}
