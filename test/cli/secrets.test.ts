import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyChain } from '../../packages/core/src/model/audit-chain.ts';
import { auditRecord } from '../../packages/core/src/model/rotation.ts';
import { rotationRecord } from '../../packages/core/src/model/secret-history.ts';
import { secretList } from '../../packages/core/src/model/secret-status.ts';
import { secretVerification } from '../../packages/core/src/model/secret-verification.ts';
import { leaksIn } from '../support/canary.ts';
import type { Ended } from '../support/child.ts';
import { useCli } from '../support/cli.ts';
import { type SecretsLab, startSecretsLab } from './secrets-lab.ts';

const cli = useCli();
const day = 86_400_000;
const now = Date.now();
const written = (value: string, days: number): { data: { value: string; note: string }; createdAt: number } => ({
  data: { value, note: 'cnry-note' },
  createdAt: now - days * day,
});

let lab: SecretsLab;
let config: string;
const random = (name: string, more: object = {}): object => ({
  name,
  vault: { mount: 'kv', path: `agents/${name}` },
  issuer: { type: 'random', prefix: 'cnry-' },
  ...more,
});

beforeAll(async () => {
  const names = ['due', 'young', 'wait', 'back', 'left', 'both', 'stored', 'fetched', 'cut'];
  lab = await startSecretsLab(
    {
      ...Object.fromEntries(names.map((name) => [`agents/${name}`, { versions: [written(`cnry-${name}-0`, name === 'due' ? 95 : 12)] }])),
      'agents/other': { versions: [written('cnry-other', 1)] },
    },
    { 'metadata-only': [{ path: 'kv/metadata/agents/*', capabilities: ['read', 'list'] }] },
  );
  config = lab.configure('main', [
    ...names.map((name) =>
      random(name, {
        overlap: name === 'due' ? '0s' : '1h',
        consumers: [{ type: 'kubernetes', namespace: 'agents', secret: `${name}-key` }],
        ...(name === 'both' ? { window: 'Mon 00:00-00:01' } : {}),
      }),
    ),
    {
      name: 'anthropic',
      vault: { mount: 'kv', path: 'agents/other' },
      issuer: { type: 'anthropic', adminKey: 'cnry-admin', url: 'http://127.0.0.1:1' },
    },
  ]);
});
afterAll(() => lab.close());

const printed: Ended[] = [];

/** Runs `agentops secrets …`; whatever it prints must hold no value. */
async function secrets(args: readonly string[], more: { input?: string; config?: string; reveals?: boolean } = {}): Promise<Ended> {
  const { input, config: file = config, reveals = false } = more;
  const ended = await cli.run(['--verbose', 'secrets', ...args, '--config', file], {
    cwd: lab.folder,
    env: { DEBUG: '*' },
    ...(input === undefined ? {} : { input }),
  });
  if (!reveals) {
    expect(leaksIn(ended.stdout + ended.stderr)).toEqual([]);
    printed.push(ended);
  }
  return ended;
}

const json = async (args: readonly string[], code: number): Promise<unknown> => {
  const ended = await secrets([...args, '-o', 'json']);
  expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code });
  return JSON.parse(ended.stdout) as unknown;
};
const current = (path: string): Record<string, unknown> => {
  const secret = lab.vault.mounts.get('kv')?.secrets.get(path);
  return { version: secret?.currentVersion, ...secret?.versions.get(secret.currentVersion)?.data };
};
const requestsOf = (kind: string): string[] =>
  lab.vault.requests.filter(({ path }) => path.startsWith(`/v1/kv/${kind}/agents/`)).map(({ method, path }) => `${method} ${path}`);

describe('a mistake is one line, and exit code 4', () => {
  it.concurrent.each<[string[], string]>([
    [['rotate'], 'rotate what? (names of secrets, --due or --all)'],
    [['rotate', 'due', '--due'], 'names, --due and --all exclude each other (one of them)'],
    [['rotate', '--all', '--due'], 'names, --due and --all exclude each other (one of them)'],
    [['rotate', 'due', 'young', '--stdin'], '--stdin brings one value (name one secret)'],
    [['rotate', 'due', '--dry-run', '-o', 'prometheus'], '--dry-run has no prometheus output (one of table, json)'],
    [['rotate', 'du'], 'no secret "du" is configured (did you mean "due"?)'],
    [['rotate', 'due', '-o', 'yaml'], 'unknown output format "yaml" (one of table, json, prometheus)'],
    [['rotate', 'due', '--timeout', 'soon'], '--timeout: "soon" is not a duration (such as 500ms, 20s or 5m)'],
    [['rotate', 'young', '--stdin', '--yes'], 'the issuer of young makes its values itself (leave --stdin out)'],
    [
      ['rotate', 'anthropic', '--yes'],
      'the issuer of anthropic makes no values (make one there, then agentops secrets rotate anthropic --stdin)',
    ],
    [['resume'], "missing required argument 'name'"],
    [['rollback', 'young'], 'no rotation of young is unfinished: there is nothing to go back from (agentops secrets history young)'],
    [['abandon', 'young', '--yes'], 'no rotation of young is unfinished (agentops secrets history young)'],
    [['list', '--fail-on', 'bad'], 'unknown verdict "bad" (one of warning, unknown, critical, never)'],
    [['history', '--audit', '-o', 'json'], '--audit has no json output (it is JSON lines, each with the hash of the one before)'],
    [['get', 'young'], 'where to? (one of --to-file PATH, --to-kubernetes NAMESPACE/SECRET, --reveal)'],
    [['get', 'young', '--reveal', '--to-file', 'x'], 'where to? (one of --to-file PATH, --to-kubernetes NAMESPACE/SECRET, --reveal)'],
    [['get', 'young', '--to-kubernetes', 'x'], '--to-kubernetes: "x" is not NAMESPACE/SECRET[:KEY] (such as agents/openai-key:api-key)'],
    [['get', 'kv/agents/*', '--reveal'], '"kv/agents/*" is a pattern (name one secret)'],
    [['get', 'kv/', '--reveal'], '"kv/" is no mount/path (such as kv/agents/openai)'],
  ])('%j', async (args, line) => {
    const ended = await secrets(args);
    expect({ ...ended, stderr: ended.stderr.split('\n').filter((each) => each.startsWith('agentops: ')) }).toEqual({
      code: 4,
      signal: null,
      stdout: '',
      stderr: [`agentops: ${line}`],
    });
  });

  it('without any secret in the configuration', async () => {
    for (const command of [['list'], ['rotate', '--due'], ['history'], ['verify']]) {
      expect(await secrets(command, { config: lab.configure('none', []) })).toMatchObject({
        code: 4,
        stdout: '',
        stderr: 'agentops: no secret is configured (list them below secrets: in agentops.yaml)\n',
      });
    }
  });
});

describe('list', () => {
  it('reads metadata, never a value', async () => {
    const list = secretList.parse(await json(['list'], 1));
    expect(list.secrets[0]).toMatchObject({
      secret: 'due',
      status: 'warn',
      version: 1,
      location: 'kv/agents/due',
      consumers: ['kubernetes agents/due-key'],
    });
    expect(list.secrets.slice(1).map(({ status }) => status)).toEqual(Array(9).fill('pass'));
    expect(requestsOf('data')).toEqual([]);
    expect(requestsOf('metadata')).toContain('GET /v1/kv/metadata/agents/due');
  });

  it('as a table and for Prometheus; --fail-on', async () => {
    const table = await secrets(['list']);
    expect(table.stdout).toMatch(/\n {2}! warning +due +95 d +90 d +5 d ago/);
    const metrics = await secrets(['list', '-o', 'prometheus', '--fail-on', 'critical']);
    expect(metrics).toMatchObject({ code: 0 });
    expect(metrics.stdout).toMatch(/^agentops_secret_age_seconds\{secret="due",bound="max"\} 8208\d{3}$/m);
  });

  it('what is forbidden is not seen, and exit code 3', async () => {
    const file = lab.configure('forbidden', [random('young'), { name: 'watched', vault: { mount: 'kv', path: 'agents/due' } }], {
      vault: { address: lab.vault.url, auth: { method: 'token', token: 'token-metadata-only' } },
    });
    const ended = await secrets(['list', '-o', 'json'], { config: file });
    expect(ended.code).toBe(3);
    const list = secretList.parse(JSON.parse(ended.stdout));
    expect(list.secrets.map(({ secret, status }) => [secret, status])).toEqual([
      ['young', 'unknown'],
      ['watched', 'warn'],
    ]);
  });

  it.each(['table', 'json', 'prometheus'])('Vault that cannot be reached is not seen, as %s', async (format) => {
    const file = lab.configure('away', [random('young')], {
      vault: { address: 'http://127.0.0.1:1', auth: { method: 'approle', roleId: 'cnry-role', secretId: 'cnry-secret' } },
    });
    const ended = await secrets(['list', '-o', format], { config: file });
    expect(ended.code).toBe(3);
    if (format === 'json')
      expect(secretList.parse(JSON.parse(ended.stdout))).toMatchObject({ secrets: [], notSeen: [expect.any(String)], exitCode: 3 });
    else expect(ended.stdout).toMatch(format === 'table' ? /\nNot seen\n {2}\? / : /^agentops_secrets_not_seen 1$/m);
    const rotate = await secrets(['rotate', '--due', '--yes', '-o', format], { config: file });
    expect(rotate.code).toBe(3);
    if (format === 'json') expect(JSON.parse(rotate.stdout)).toMatchObject([{ secret: 'young', result: 'unknown' }]);
    const verify = await secrets(['verify', '-o', format === 'prometheus' ? 'table' : format], { config: file });
    expect(verify).toMatchObject({ code: 3 });
    if (format === 'json') expect(JSON.parse(verify.stdout)).toEqual([]);
  });
});

describe('rotate', () => {
  it('--dry-run shows the plan, reads no value and touches nothing', async () => {
    const before = lab.vault.requests.length;
    const ended = await secrets(['rotate', 'due', '--dry-run']);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^due {3}kv\/agents\/due {2}version 1 \(95 d\) → 2 +no value is read or shown\n\n {3}1 {2}lock /);
    expect(ended.stdout).toMatch(/\nundo until step \d: agentops secrets rollback due · dry run, nothing was touched\n$/);
    expect(await json(['rotate', 'due', '--dry-run'], 0)).toMatchObject([
      { secret: 'due', currentVersion: 1, steps: [{ step: 'lock' }, {}, {}, {}, {}, {}, {}] },
    ]);
    const asked = lab.vault.requests.slice(before);
    expect(asked.filter(({ path }) => path.includes('/data/agents/'))).toEqual([]);
    expect(asked.filter(({ method }) => !['GET', 'LIST'].includes(method))).toEqual([]);
    expect(lab.kubernetes.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('without a terminal and without --yes nothing is done', async () => {
    const ended = await secrets(['rotate', 'due']);
    expect(ended).toMatchObject({ code: 4, stdout: '' });
    expect(ended.stderr).toContain('check-and-set on version 1');
    expect(ended.stderr).toMatch(/agentops: there is nobody to ask, so nothing was done \(--yes does it without asking\)\n$/);
    expect(current('agents/due')).toMatchObject({ version: 1 });
  });

  it('a plan that is blocked is shown with its reason, and none of those that were named is begun', async () => {
    const file = lab.configure('blocked', [
      random('young'),
      random('watched', { issuer: undefined, vault: { mount: 'kv', path: 'agents/due' } }),
    ]);
    const ended = await secrets(['rotate', 'young', 'watched', '--yes', '-o', 'json'], { config: file });
    expect(ended.code).toBe(4);
    expect(JSON.parse(ended.stdout)).toMatchObject([
      { secret: 'young', result: 'skipped' },
      { secret: 'watched', result: 'failed', detail: expect.stringMatching(/^it cannot be rotated as it stands: it has no issuer/) },
    ]);
    expect(current('agents/young')).toMatchObject({ version: 1 });
  });

  it('--due rotates what is due to its end, and says of the others why not; progress is on stderr', async () => {
    const outcomes = (await json(['rotate', '--due', '--yes'], 0)) as { secret: string; result: string; detail: string }[];
    expect(outcomes[0]).toMatchObject({ secret: 'due', result: 'done', state: 'DONE', version: 2 });
    expect(outcomes.slice(1).map(({ result }) => result)).toEqual(Array(9).fill('skipped'));
    expect(outcomes.find(({ secret }) => secret === 'both')?.detail).toMatch(/^not due until \d{4}-\d\d-\d\d \d\d:\d\d$/);
    expect(printed.at(-1)?.stderr).toMatch(/^due {2}publish {2}done in /m);
    expect(current('agents/due')).toMatchObject({ version: 2, value: expect.stringMatching(/^cnry-[A-Za-z0-9]{35,}$/), note: 'cnry-note' });
    expect((await lab.secret('due-key-v2')).data).toEqual({ value: current('agents/due').value });
    expect(await json(['rotate', '--due', '--yes'], 0)).toMatchObject(Array(10).fill({ result: 'skipped' }));
  });

  it('grace, resume within it, rollback, history: each parses and says how to go on', async () => {
    expect(await json(['rotate', 'back', '--yes'], 0)).toMatchObject([
      { result: 'grace', version: 2, next: ['agentops secrets resume back', 'agentops secrets rollback back'] },
    ]);
    expect(await json(['resume', 'back'], 0)).toMatchObject([{ result: 'grace' }]);
    const asked = await secrets(['rollback', 'back']);
    expect(asked).toMatchObject({ code: 4, stdout: '' });
    expect(asked.stderr).toContain('kv/agents/back: the value of version 1 again, as a new version');
    const back = await secrets(['rollback', 'back', '--yes', '-o', 'json']);
    expect(JSON.parse(back.stdout)).toMatchObject([{ secret: 'back', result: 'rolled-back', version: 3 }]);
    // It was asked for, so it is no failure.
    expect(back.code).toBe(0);
    expect(current('agents/back')).toEqual({ version: 3, value: 'cnry-back-0', note: 'cnry-note' });
    const history = (await json(['history', 'back'], 0)) as { rotations: unknown[] }[];
    expect(history[0]?.rotations.map((each) => rotationRecord.parse(each))).toMatchObject([
      { outcome: 'rolled-back', newVersion: 2, restoredVersion: 3 },
    ]);
    const lines = (await secrets(['history', 'back', '-o', 'jsonl'])).stdout.trimEnd().split('\n');
    expect(lines.map((line) => rotationRecord.parse(JSON.parse(line)).outcome)).toEqual(['rolled-back']);
    expect((await secrets(['list'])).stdout).toMatch(/✔ passed +back +12 d /);
  });

  it('abandon says what stays behind, and does it with --yes alone', async () => {
    await json(['rotate', 'left', '--yes'], 0);
    const refused = await secrets(['abandon', 'left']);
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toContain('kv/agents/left: version 2 serves, version 1 is the old value');
    expect(await json(['abandon', 'left', '--yes'], 0)).toMatchObject([{ secret: 'left', state: 'ABANDONED' }]);
    expect(await json(['rotate', 'left', '--yes'], 0)).toMatchObject([{ result: 'grace', version: 3 }]);
  });

  it('a secret that another process rotates is left to it, and exit code 5', async () => {
    const [first, second] = await Promise.all([
      secrets(['rotate', 'both', '--yes', '-o', 'json']),
      secrets(['rotate', 'both', '--yes', '-o', 'json']),
    ]);
    const results = [first, second].map(({ code, stdout }) => [code, (JSON.parse(stdout) as { result: string }[])[0]?.result]);
    // Whoever comes when the first has ended finds a rotation within its grace.
    for (const result of results)
      expect([
        [0, 'grace'],
        [5, 'locked'],
      ]).toContainEqual(result);
    expect(results).toContainEqual([0, 'grace']);
    expect(current('agents/both')).toMatchObject({ version: 2 });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s: stops at a safe boundary, and can be gone on with', async (signal) => {
    const child = spawn(process.execPath, [cli.bin, 'secrets', 'rotate', 'wait', '--yes', '--wait', '--config', config], {
      env: { PATH: process.env.PATH, HOME: lab.folder, TZ: 'UTC' },
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      // Both values are valid for an hour: it waits until it is told otherwise.
      if (!stderr.includes('grace  until') && (stderr + text).includes('grace  until')) child.kill(signal);
      stderr += text;
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    expect({ code, stderr }).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('agentops: stopping at the next safe boundary (again: at once)\n'),
    });
    expect(await json(['resume', 'wait'], 0)).toMatchObject([{ result: 'grace', version: 2 }]);
  });
});

describe('verify', () => {
  it('asks consumers, says who holds it not, and leaves a record in the chain', async () => {
    const well = (await json(['verify', 'due'], 0)) as unknown[];
    expect(well.map((each) => secretVerification.parse(each))).toMatchObject([
      { secret: 'due', version: 2, result: 'ok', sinceRotation: 'same', consumers: [{ holds: 'yes' }] },
    ]);
    expect(await json(['verify', 'due', 'cut'], 2)).toMatchObject([
      { result: 'ok' },
      { result: 'bad', consumers: [{ consumer: 'kubernetes agents/cut-key', holds: 'no' }] },
    ]);
    const audit = await secrets(['history', 'due', '--audit']);
    expect(audit).toMatchObject({ code: 0 });
    const records = audit.stdout
      .trimEnd()
      .split('\n')
      .map((line) => auditRecord.parse(JSON.parse(line)));
    expect(verifyChain(records)).toEqual({ ok: true });
    expect(records.map(({ event }) => event)).toEqual(['rotation-started', 'published', 'revoked', 'done', 'verified', 'verified']);
    expect(audit.stderr).toMatch(/agentops: due: 6 audit records, the chain is whole; its head is [0-9a-f]{64}\n$/);
  });

  it('a chain that was meddled with is broken, and exit code 2', async () => {
    const [path, record] = [...(lab.vault.mounts.get('kv')?.secrets ?? [])].find(([each]) => /agentops\/audit\/due\/0*2$/.test(each)) ?? [];
    const version = record?.versions.get(record.currentVersion);
    expect(path).toBeDefined();
    const data = version?.data as Record<string, unknown>;
    const text = JSON.stringify(data);
    const changed = JSON.parse(text.replace('version 2 of', 'version 9 of')) as Record<string, unknown>;
    expect(JSON.stringify(changed)).not.toBe(text);
    Object.assign(version ?? {}, { data: changed });
    const audit = await secrets(['history', 'due', '--audit']);
    expect(audit).toMatchObject({ code: 2 });
    expect(audit.stderr).toContain('agentops: due: the chain of audit records is broken: record 2 was changed\n');
  });
});

describe('store and get', () => {
  it('a value from stdin becomes a version: confirmed, without its last line break, the other fields kept', async () => {
    const refused = await secrets(['store', 'stored'], { input: 'cnry-typed\n' });
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toContain(
      'agentops: stored has version 1 already, and there is nobody to ask (--yes: write over it, as version 2)\n',
    );
    const stored = await secrets(['store', 'stored', '--yes'], { input: 'cnry-typed\n' });
    expect(stored).toMatchObject({ code: 0, stdout: 'kv/agents/stored field value: stored as version 2\n' });
    expect(current('agents/stored')).toEqual({ version: 2, value: 'cnry-typed', note: 'cnry-note' });
    const again = await secrets(['store', 'stored', '--yes'], { input: 'cnry-typed\r\n' });
    expect(again.stdout).toBe('kv/agents/stored field value: version 2 has this value already, nothing was written\n');
  });

  it.each([
    ['nothing', '', 'the value on standard input is empty (nothing was changed)'],
    ['a line break alone', '\n', 'the value on standard input is empty (nothing was changed)'],
    ['far too much', 'x'.repeat(1024 * 1024 + 1), 'the value on standard input is longer than 1 MiB (nothing was changed)'],
  ])('%s is refused', async (_name, input, line) => {
    const ended = await secrets(['store', 'stored', '--yes'], { input });
    expect(ended).toMatchObject({ code: 4, stdout: '' });
    expect(ended.stderr).toContain(`agentops: ${line}\n`);
    expect(current('agents/stored')).toMatchObject({ version: 2 });
  });

  it('several lines are a value, and a place that is not configured is a place', async () => {
    const input = 'cnry-line-1\ncnry-line-2\n\n';
    expect(await secrets(['store', 'kv/teams/new', '--field', 'pem'], { input })).toMatchObject({
      code: 0,
      stdout: 'kv/teams/new field pem: stored as version 1\n',
    });
    expect(current('teams/new')).toEqual({ version: 1, pem: 'cnry-line-1\ncnry-line-2\n' });
    const file = join(lab.folder, 'out.pem');
    const got = await secrets(['get', 'kv/teams/new', '--field', 'pem', '--to-file', 'out.pem']);
    expect(got).toMatchObject({ code: 0, stdout: 'kv/teams/new version 1, field pem → out.pem (mode 0600)\n' });
    expect(readFileSync(file, 'utf8')).toBe('cnry-line-1\ncnry-line-2\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await secrets(['get', 'kv/teams/new', '--reveal'])).toMatchObject({ code: 4, stdout: '' });
    expect(await secrets(['get', 'kv/teams/none', '--reveal'])).toMatchObject({ code: 4, stdout: '' });
  });

  it('--reveal alone prints, exactly the value, and says so; each fetch is on record', async () => {
    const got = await secrets(['get', 'fetched', '--reveal'], { reveals: true });
    expect(got).toMatchObject({ code: 0, stdout: 'cnry-fetched-0' });
    expect(got.stderr).toContain('in the clear');
    expect(leaksIn(got.stderr)).toEqual([]);
    const byPlace = await secrets(['get', '/kv/agents/fetched/', '--field', 'note', '--to-kubernetes', 'agents/handed:a.key']);
    expect(byPlace).toMatchObject({
      code: 0,
      stdout: 'kv/agents/fetched version 1, field note → Secret agents/handed (in place), key a.key\n',
    });
    const handed = await lab.secret('handed');
    expect(handed.data).toEqual({ 'a.key': 'cnry-note' });
    const rotatedAt = Date.parse(handed.annotations['agentops.dev/rotated-at'] ?? '');
    expect(Math.abs(rotatedAt - (now - 12 * day))).toBeLessThan(1000);
    const audit = await secrets(['history', 'fetched', '--audit']);
    expect(
      audit.stdout
        .trimEnd()
        .split('\n')
        .map((line) => auditRecord.parse(JSON.parse(line)).detail),
    ).toEqual(['field value revealed', 'field note to Secret agents/handed']);
  });

  it('a store is refused while a rotation is under way', async () => {
    const ended = await secrets(['store', 'left', '--yes'], { input: 'cnry-new' });
    expect(ended).toMatchObject({ code: 4, stdout: '' });
    expect(ended.stderr).toContain(
      'agentops: a rotation of left is under way: it stands at GRACE (first agentops secrets resume left, or rollback left)\n',
    );
  });

  it.runIf(existsSync('/proc/self/cmdline'))('no value is in the arguments or the environment of the process while it works', async () => {
    const child = spawn(process.execPath, [cli.bin, 'secrets', 'store', 'cut', '--yes', '--config', config], {
      env: { PATH: process.env.PATH, HOME: lab.folder, TZ: 'UTC' },
    });
    child.stdin.write('cnry-half');
    const seen: string[] = [];
    const look = (): void => {
      for (const pid of [child.pid, ...readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === child.pid)]) {
        for (const name of ['cmdline', 'environ']) seen.push(read(`/proc/${pid}/${name}`));
      }
    };
    // Its arguments and environment do not change: from its start until it has looked at Vault.
    const before = lab.vault.requests.length;
    while (lab.vault.requests.length <= before) {
      look();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    look();
    child.stdin.end('-value\n');
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    expect(current('agents/cut')).toMatchObject({ version: 2, value: 'cnry-half-value' });
    expect(seen.some((text) => text.includes('store'))).toBe(true);
    expect(leaksIn(seen.join('\n'))).toEqual([]);
  });
});

it('no journal, lock, audit record or metadata in Vault holds a value', () => {
  const secretsInVault = [...(lab.vault.mounts.get('kv')?.secrets ?? [])];
  const records = secretsInVault.filter(([path]) => /^agentops\/(rotations|locks|audit)\//.test(path));
  expect(records.length).toBeGreaterThan(10);
  const text = JSON.stringify([
    records.map(([, secret]) => [...secret.versions.values()].map(({ data }) => data)),
    secretsInVault.map(([, secret]) => secret.customMetadata),
  ]);
  expect(leaksIn(text)).toEqual([]);
});

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function parentOf(pid: string): number | undefined {
  const found = /\) \S+ (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1];
  return found === undefined ? undefined : Number(found);
}
