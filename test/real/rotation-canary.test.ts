import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Ended, runChild } from '../support/child.ts';
import { useCli } from '../support/cli.ts';
import { failPodsOf } from '../support/failing-pods.ts';
import { watchProcesses } from '../support/process-watch.ts';
import { untilSettled } from '../support/restart-watch.ts';
import { firstValue, openScene, type Scene } from '../support/rotation-scene.ts';
import { leaveClean } from './clean.ts';
import { describeReal } from './support.ts';

/** Every value of this scene, and every token of the servers' tests. */
const secret = /cnry-|CANARY-/;
/** In base64 as well: the digits that depend on the word alone, at each of its three positions in a group of bytes. */
const encoded = new RegExp(
  ['cnry-', 'CANARY-']
    .flatMap((word) =>
      [0, 1, 2].map((before) =>
        Buffer.from(`${'x'.repeat(before)}${word}`)
          .toString('base64')
          .slice(before === 0 ? 0 : before + 1)
          .replace(/.?=*$/, ''),
      ),
    )
    .join('|'),
);

describeReal(['kubernetes', 'vault'], 'where a rotated value must not be', (servers) => {
  leaveClean(servers.kubernetes);
  const cli = useCli();
  let scene: Scene;
  let home: string;
  beforeAll(async () => {
    scene = await openScene(servers, { name: 'canary' });
    await untilSettled(scene.api, scene.namespace);
    home = mkdtempSync(join(tmpdir(), 'agentops-canary-'));
    mkdirSync(join(home, 'state'));
  });
  afterAll(async () => {
    await scene.close();
    rmSync(home, { recursive: true, force: true });
  });

  const run = async (...args: string[]): Promise<Ended & { readonly processes: readonly string[] }> => {
    // The server's own command line names the token that it was started with.
    const watch = watchProcesses(/cnry-/, []);
    const ended = await cli.run(['secrets', ...args, '--config', scene.configFile, '-v'], {
      limitMs: 110_000,
      env: { HOME: home, XDG_STATE_HOME: join(home, 'state'), DEBUG: '*', NODE_OPTIONS: '--report-on-fatalerror' },
    });
    const { looks, found } = watch.stop();
    expect(looks).toBeGreaterThan(5);
    return { ...ended, processes: found };
  };
  const filesBelow = (folder: string): string =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
      .join('\n');
  const expectNothing = (ended: Ended & { readonly processes: readonly string[] }): void => {
    expect(ended.stdout).not.toMatch(secret);
    expect(ended.stderr).not.toMatch(secret);
    expect(ended.stdout + ended.stderr).not.toMatch(encoded);
    expect(ended.processes).toEqual([]);
  };
  const everywhereElse = async (): Promise<string> => {
    const objects = await Promise.all(
      ['/apis/apps/v1/namespaces/NS/deployments', '/api/v1/namespaces/NS/pods', '/api/v1/namespaces/NS/events'].map(async (path) =>
        JSON.stringify(await scene.api.get(path.replace('NS', scene.namespace))),
      ),
    );
    const listed = (await scene.api.get(`/api/v1/namespaces/${scene.namespace}/secrets`)) as { items: { metadata: object }[] };
    return [await scene.documents(), ...objects, JSON.stringify(listed.items.map(({ metadata }) => metadata)), filesBelow(home)].join('\n');
  };

  it.each([
    ['list', ['list', '-o', 'json'], 0],
    ['a dry run', ['rotate', 'key', '--dry-run'], 0],
    ['a rotation', ['rotate', 'key', '--yes'], 0],
    ['verify', ['verify', '-o', 'json'], 0],
    ['history', ['history', 'key', '-o', 'json'], 0],
    ['the audit', ['history', 'key', '--audit'], 0],
  ])('%s', async (_name, args, code) => {
    const ended = await run(...args);
    expect(ended.code, ended.stderr).toBe(code);
    expectNothing(ended);
    const elsewhere = await everywhereElse();
    expect(elsewhere).not.toMatch(/cnry-/);
    expect(elsewhere).not.toMatch(encoded);
  });

  it('a rotation that fails, is rolled back, and tells why', async () => {
    const failing = failPodsOf(scene.api, scene.namespace, /^key-v3$/);
    try {
      const ended = await run('rotate', 'key', '--yes', '-o', 'json');
      expect(ended.code).toBe(2);
      expect(JSON.parse(ended.stdout)).toMatchObject([{ result: 'rolled-back' }]);
      expectNothing(ended);
      expect(await everywhereElse()).not.toMatch(/cnry-/);
    } finally {
      await failing.stop();
    }
  });

  it('store and get to a file; the file alone has the value', async () => {
    const stored = await cli.run(['secrets', 'store', 'key', '--yes', '--config', scene.configFile], { input: 'cnry-stored\n' });
    expect(stored.code, stored.stderr).toBe(0);
    expect(stored.stdout + stored.stderr).not.toMatch(secret);
    const file = join(home, 'value');
    const got = await run('get', 'key', '--to-file', file);
    expect(got.code, got.stderr).toBe(0);
    expectNothing(got);
    expect(readFileSync(file, 'utf8')).toBe('cnry-stored');
    rmSync(file);
    expect(await everywhereElse()).not.toMatch(/cnry-/);
  });

  it('would have been found: a child with the value in its environment is', async () => {
    const watch = watchProcesses(/cnry-in-the-environment/, []);
    const script = join(home, 'sleeps.sh');
    writeFileSync(script, 'sleep 0.3\n');
    await runChild('/bin/sh', [script], { env: { LEAKED: 'cnry-in-the-environment' } });
    expect(watch.stop().found).toContain('environ of sh');
    rmSync(script);
    expect(firstValue).toMatch(secret);
  });
});
