import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { checkout, runChild } from '../support/child.ts';
import { type FaultServer, startFault } from '../support/fault-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'agentops-silent-'));
const open: FaultServer[] = [];
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all(open.map((server) => server.close()));
});

/** A program that diagnoses and then has nothing else to do: the editor's host, without `process.exit`. */
const program = `
import { readFileSync } from 'node:fs';
const at = (path) => ${JSON.stringify(`${checkout}/`)} + path;
const { configSchema } = await import(at('packages/core/src/config/schema.ts'));
const { diagnose } = await import(at('packages/core/src/diagnose/run.ts'));
const { testHost } = await import(at('test/support/host.ts'));
const report = await diagnose(configSchema.parse(JSON.parse(readFileSync(0, 'utf8'))), testHost(), { version: '1.2.3' });
console.log(report.verdict, report.notSeen.map((gap) => gap.reason).join());
`;

it.each(['black-hole', 'slow-drip'] as const)(
  'every server is a %s: nothing holds the process once the run is over',
  async (fault) => {
    const [http, redis] = await Promise.all([startFault(fault), startFault(fault, 'redis')]);
    open.push(http, redis);
    const kubeconfig = join(folder, fault);
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        'current-context': 'c',
        clusters: [{ name: 'c', cluster: { server: http.url } }],
        users: [{ name: 'u', user: { token: 't' } }],
        contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      }),
    );
    const config = {
      timeout: '1s',
      kubernetes: { kubeconfig },
      prometheus: { url: http.url },
      redis: [{ url: redis.redisUrl, password: 'p' }],
      vault: { address: http.url, auth: { method: 'approle', roleId: 'r', secretId: 's' }, secrets: [{ mount: 'kv' }] },
      endpoints: [{ name: 'e', url: http.url, timeout: '1h' }],
      providers: [{ name: 'p', url: http.url }],
    };
    // Seconds on a quiet machine, from source; a process that is held would never end.
    const ended = await runChild(process.execPath, ['--input-type=module', '-e', program], {
      input: JSON.stringify(config),
      limitMs: 60_000,
    });
    expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(ended.stdout).toMatch(/^critical (timeout,?)+\n$/);
  },
  70_000,
);
