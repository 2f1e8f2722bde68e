import { appendFileSync, mkdirSync, readFileSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { standardSources } from '../../../packages/core/src/cost/ingest/sources.ts';
import { testHost, testNow } from '../../support/host.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { balanced, claudeLine, file, type Line, run, source, temporaryFolder, userLine } from './support.ts';

const workerUrl = new URL('../../../packages/core/src/cost/ingest/worker.ts', import.meta.url);
const lines = (...of: readonly string[]): string => of.map((line) => `${line}\n`).join('');
const outputs = (ledger: MemoryLedger) => ledger.sorted.map(({ key, tokens, agent }) => [key, tokens.output, agent]);

describe('ingest', () => {
  it('counts each line once: counted, duplicate, rejected or empty', async () => {
    const folder = temporaryFolder();
    const path = file(
      folder,
      'a.jsonl',
      lines(
        claudeLine({ id: 'm1' }),
        claudeLine({ id: 'm1', output: 9 }),
        userLine,
        '',
        claudeLine({ id: 'm2', output: -1 }),
        '{"cut',
        claudeLine({ id: 'm3' }),
      ),
    );
    const ledger = new MemoryLedger();
    const report = await run(ledger, [source([path], 'claude-code')]);
    expect(report).toEqual({
      sources: [{ source: 'logs', kind: 'claude-code', lines: 7, counted: 2, duplicate: 1, rejected: 2, empty: 2 }],
      rejects: [
        { source: path, line: 5, reason: 'bad-number', detail: 'usage.output_tokens is not a whole count' },
        { source: path, line: 6, reason: 'cut-short', detail: 'the line ends early' },
      ],
      rejectedBy: { 'bad-number': 1, 'cut-short': 1 },
      pending: [],
      files: { found: 1, unchanged: 0, read: 1 },
    });
    expect(outputs(ledger)).toEqual(
      [
        ['claude-code m1', 9, 'main'],
        ['claude-code m3', 1, 'main'],
      ].map(([key, output, agent]) => [String(key).split(' ')[1], output, agent]),
    );
  });

  it('reads only what is new', async () => {
    const folder = temporaryFolder();
    const path = file(folder, 'a.jsonl', lines(claudeLine({ id: 'm1' }), 'broken'));
    const ledger = new MemoryLedger();
    const sources = [source([folder], 'claude-code')];
    await run(ledger, sources);
    expect((await run(ledger, sources)).files).toEqual({ found: 1, unchanged: 1, read: 0 });
    appendFileSync(path, lines(claudeLine({ id: 'm2' }), 'broken'));
    const report = await run(ledger, sources);
    expect(report.sources).toEqual([{ source: 'logs', kind: 'claude-code', lines: 2, counted: 1, duplicate: 0, rejected: 1, empty: 0 }]);
    // Line numbers are those of the file, not of what was read.
    expect(report.rejects.map(({ line }) => line)).toEqual([4]);
    expect(ledger.files.get(path)).toMatchObject({ lines: 4, offset: readFileSync(path).length });
  });

  it('leaves an unfinished last line for later, and says so', async () => {
    const folder = temporaryFolder();
    const [first, second] = [claudeLine({ id: 'm1' }), claudeLine({ id: 'm2' })];
    const path = file(folder, 'a.jsonl', `${first}\n${second.slice(0, 100)}`);
    const ledger = new MemoryLedger();
    const sources = [source([path], 'claude-code')];
    const report = await run(ledger, sources);
    expect([report.sources[0]?.lines, report.rejects, report.pending]).toEqual([1, [], [{ source: path, bytes: 100 }]]);
    appendFileSync(path, `${second.slice(100)}\n`);
    const later = await run(ledger, sources);
    expect([later.sources[0]?.counted, later.pending, ledger.best.size]).toEqual([1, [], 2]);
  });

  it('takes a whole last line without a line feed, once', async () => {
    const folder = temporaryFolder();
    const path = file(folder, 'a.jsonl', `${claudeLine({ id: 'm1' })}\n${claudeLine({ id: 'm2' })}`);
    const ledger = new MemoryLedger();
    const sources = [source([path], 'claude-code')];
    expect((await run(ledger, sources)).sources).toMatchObject([{ lines: 2, counted: 2 }]);
    appendFileSync(path, `\r\n${claudeLine({ id: 'm3' })}\n`);
    const report = await run(ledger, sources);
    expect(report.sources).toMatchObject([{ lines: 1, counted: 1, rejected: 0, empty: 0 }]);
    expect(ledger.files.get(path)?.lines).toBe(3);
  });

  it('reads anew where a taken last line went on', async () => {
    const folder = temporaryFolder();
    const path = file(folder, 'a.jsonl', claudeLine({ id: 'm1' }));
    const ledger = new MemoryLedger();
    await run(ledger, [source([path], 'claude-code')]);
    appendFileSync(path, ' trailing\n');
    const report = await run(ledger, [source([path], 'claude-code')]);
    expect(report.rejects).toMatchObject([{ line: 1, reason: 'cut-short' }]);
    expect(ledger.batches.at(-1)?.restart).toBe(true);
  });

  it.each([
    ['truncated', (path: string) => truncateSync(path, 0)],
    ['truncated and written again, shorter', (path: string) => writeFileSync(path, lines(claudeLine({ id: 'm9' })))],
    [
      'rotated: another file of the name, larger',
      (path: string) => writeFileSync(path, lines(...Array.from({ length: 9 }, (_, i) => claudeLine({ id: `n${i}` })))),
    ],
    [
      'rewritten behind an equal head',
      (path: string) => {
        const [head = '', ...rest] = readFileSync(path, 'utf8').split('\n');
        writeFileSync(path, [head, ...rest.map((line) => line.replaceAll('m2', 'm8')), claudeLine({ id: 'm7' }), ''].join('\n'));
      },
    ],
    [
      'of the same size at another time',
      (path: string) => {
        writeFileSync(path, readFileSync(path, 'utf8').replaceAll('m2', 'm8'));
        utimesSync(path, 1, 1);
      },
    ],
  ])('notices a file that was %s', async (_, change) => {
    const folder = temporaryFolder();
    const path = file(
      folder,
      'a.jsonl',
      lines(claudeLine({ id: 'm1' }), claudeLine({ id: 'm2', over: { cwd: 'x'.repeat(400) } }), userLine),
    );
    const ledger = new MemoryLedger();
    await run(ledger, [source([path], 'claude-code')]);
    change(path);
    const after = new MemoryLedger();
    await run(after, [source([path], 'claude-code')]);
    await run(ledger, [source([path], 'claude-code')]);
    expect(ledger.batches.at(-1)?.restart).toBe(true);
    for (const record of after.sorted) expect(ledger.sorted).toContainEqual(record);
    expect(ledger.files.get(path)).toEqual(after.files.get(path));
  });

  it('goes on with a file that was renamed without counting it again', async () => {
    const folder = temporaryFolder();
    const path = file(folder, 'a.jsonl', lines(claudeLine({ id: 'm1' })));
    const ledger = new MemoryLedger();
    await run(ledger, [source([folder], 'claude-code')]);
    renameSync(path, join(folder, 'a.1.jsonl'));
    expect((await run(ledger, [source([folder], 'claude-code')])).sources).toMatchObject([{ counted: 0, duplicate: 1 }]);
  });

  it('finds Claude Code’s and Codex’ logs where they are by default, and names subagents', async () => {
    const home = temporaryFolder();
    mkdirSync(join(home, '.claude/projects/-w/s1/subagents'), { recursive: true });
    mkdirSync(join(home, '.config/claude/projects/-w'), { recursive: true });
    mkdirSync(join(home, '.codex/sessions/2026/05'), { recursive: true });
    file(home, '.claude/projects/-w/s1.jsonl', lines(claudeLine({ id: 'm1' })));
    file(home, '.claude/projects/-w/s1/subagents/agent-7.jsonl', lines(claudeLine({ id: 'm2', sidechain: true })));
    file(home, '.claude/projects/-w/s1/subagents/agent-7.meta.json', '{"agentType":"code-reviewer"}');
    file(home, '.claude/projects/-w/s1/subagents/agent-8.jsonl', lines(claudeLine({ id: 'm3', sidechain: true, over: { agentId: '8' } })));
    file(home, '.claude/projects/-w/s1/subagents/agent-8.meta.json', '{"agentType":');
    file(home, '.config/claude/projects/-w/s2.jsonl', lines(claudeLine({ id: 'm4' })));
    const tokens = {
      timestamp: '2026-05-01T10:00:00Z',
      type: 'event_msg',
      payload: { type: 'token_count', info: { total_token_usage: { input_tokens: 5, output_tokens: 1 } } },
    };
    file(home, '.codex/sessions/2026/05/rollout-1.jsonl', lines(JSON.stringify(tokens)));
    const ledger = new MemoryLedger();
    const report = await run(ledger, standardSources({ env: {}, home }), { host: testHost({ home }) });
    expect(report.sources.map(({ source: name, kind, counted }) => [name, kind, counted])).toEqual([
      ['~/.claude/projects/**/*.jsonl', 'claude-code', 3],
      ['~/.codex/{sessions,archived_sessions}/**/*.jsonl', 'codex', 1],
      ['~/.config/claude/projects/**/*.jsonl', 'claude-code', 1],
    ]);
    expect(ledger.sorted.map(({ key, agent }) => [key, agent])).toEqual([
      ['m1', 'main'],
      ['m2', 'code-reviewer'],
      ['m3', '8'],
      ['m4', 'main'],
      ['["rollout-1",0,5,0,1]', 'main'],
    ]);
  });

  it('has nothing to say where no agent has logged', async () => {
    const report = await run(new MemoryLedger(), standardSources({ env: {}, home: '/nonexistent' }));
    expect(report).toEqual({ sources: [], rejects: [], rejectedBy: {}, pending: [], files: { found: 0, unchanged: 0, read: 0 } });
  });

  it('uses the folders that the environment names', () => {
    const env = { CLAUDE_CONFIG_DIR: '/c1, /c2', CODEX_HOME: '/x' };
    expect(standardSources({ env, home: '/h' }).flatMap(({ patterns }) => patterns)).toEqual([
      '/c1/projects/**/*.jsonl',
      '/c2/projects/**/*.jsonl',
      '/x/{sessions,archived_sessions}/**/*.jsonl',
    ]);
  });

  it('says what it cannot read and reads the rest', async () => {
    const folder = temporaryFolder();
    const good = file(folder, 'good.jsonl', lines(claudeLine({ id: 'm1' })));
    const odd = file(folder, 'odd.json', '{"hello":"world"}');
    const report = await run(new MemoryLedger(), [source([good, odd, join(folder, 'gone.json')])]);
    expect(report.rejects).toEqual([
      { source: join(folder, 'gone.json'), line: 0, reason: 'unreadable', detail: 'no such file or folder' },
      { source: odd, line: 0, reason: 'unknown-shape', detail: 'none of the formats that are read' },
    ]);
    expect(report.sources.find(({ kind }) => kind === 'claude-code')).toMatchObject({ counted: 1, rejected: 0 });
    expect(balanced(report)).toBe(true);
  });

  it('goes on with Codex’ totals from one run to the next', async () => {
    const folder = temporaryFolder();
    const count = (input: number) =>
      JSON.stringify({
        timestamp: '2026-05-01T10:00:00Z',
        type: 'event_msg',
        payload: { type: 'token_count', info: { total_token_usage: { input_tokens: input, output_tokens: 0 } } },
      });
    const path = file(
      folder,
      'a.jsonl',
      lines(
        JSON.stringify({ timestamp: '2026-05-01T09:00:00Z', type: 'session_meta', payload: { id: 's' } }),
        JSON.stringify({ type: 'turn_context', payload: { model: 'gpt-5' } }),
        count(10),
      ),
    );
    const ledger = new MemoryLedger();
    await run(ledger, [source([path], 'codex')]);
    appendFileSync(path, lines(count(15)));
    await run(ledger, [source([path], 'codex')]);
    expect(ledger.sorted.map(({ model, tokens }) => [model, tokens.input])).toEqual([
      ['gpt-5', 10],
      ['gpt-5', 5],
    ]);
  });

  it('reads documents whole, or line by line, and again when they change', async () => {
    const folder = temporaryFolder();
    const row = (id: string) => ({ request_id: id, startTime: '2026-05-01T10:00:00Z', prompt_tokens: 5, completion_tokens: 1, model: 'm' });
    const whole = file(folder, 'whole.json', JSON.stringify([row('a'), row('b')], undefined, 2));
    file(folder, 'lines.jsonl', lines(JSON.stringify(row('c')), '{"request_id":', JSON.stringify([row('d'), { request_id: 'e' }])));
    const ledger = new MemoryLedger();
    const report = await run(ledger, [source([folder], 'litellm')]);
    expect(report.sources).toEqual([{ source: 'logs', kind: 'litellm', lines: 6, counted: 4, duplicate: 0, rejected: 2, empty: 0 }]);
    expect(report.rejects.map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'cut-short'],
      [3, 'missing-field'],
    ]);
    writeFileSync(whole, JSON.stringify([row('b'), row('f')]));
    expect((await run(ledger, [source([folder], 'litellm')])).sources).toMatchObject([{ lines: 2, counted: 1, duplicate: 1 }]);
    writeFileSync(whole, '[{"request_id":');
    expect((await run(ledger, [source([folder], 'litellm')])).rejects).toEqual([
      { source: whole, line: 0, reason: 'cut-short', detail: 'the JSON text ends early' },
    ]);
  });

  it('notices that a file has another format now, and is done with it then', async () => {
    const folder = temporaryFolder();
    const path = file(folder, 'a.jsonl', lines(claudeLine({ id: 'm1' })));
    const ledger = new MemoryLedger();
    await run(ledger, [source([folder])]);
    writeFileSync(path, lines(JSON.stringify({ timestamp: '2026-05-01T10:00:00Z', model: 'm', input_tokens: 1, output_tokens: 1 })));
    expect((await run(ledger, [source([folder])])).sources).toMatchObject([{ kind: 'agentops', counted: 1, rejected: 0 }]);
    expect((await run(ledger, [source([folder])])).files).toMatchObject({ unchanged: 1, read: 0 });
  });

  it('counts what the ledger refuses as rejected', async () => {
    const folder = temporaryFolder();
    const path = file(folder, 'a.jsonl', lines(claudeLine({ id: 'm1' }), claudeLine({ id: 'm2' })));
    const ledger = new MemoryLedger();
    ledger.write = async () => ({ counted: 1, duplicate: 0 });
    const report = await run(ledger, [source([path], 'claude-code')]);
    expect([report.sources[0]?.rejected, report.rejectedBy]).toEqual([1, { 'bad-number': 1 }]);
  });

  it('takes the last row of a CSV file without a line feed only when nobody writes to it', async () => {
    const folder = temporaryFolder();
    const path = file(folder, 'a.csv', 'timestamp,model,input_tokens,output_tokens\n1777629600,m,1,2\n1777629601,m,1,20');
    utimesSync(path, testNow / 1000 - 10, testNow / 1000 - 10);
    const ledger = new MemoryLedger();
    const fresh = await run(ledger, [source([path])]);
    expect([fresh.sources[0]?.counted, fresh.pending]).toEqual([1, [{ source: path, bytes: 17 }]]);
    const later = await run(ledger, [source([path])], { host: testHost({ now: testNow + 60_000 }) });
    expect([later.sources[0]?.counted, later.pending]).toEqual([1, []]);
  });

  it.each([
    ['JSON Lines', 'a.jsonl', lines(claudeLine({ id: 'm1' }), claudeLine({ id: 'm2' })) + claudeLine({ id: 'm3' }), 3, 0],
    ['an end that is cut off', 'a.jsonl', lines(claudeLine({ id: 'm1' })) + claudeLine({ id: 'm3' }).slice(0, -9), 1, 1],
    ['CSV', 'a.csv', 'timestamp,model,input_tokens,output_tokens\r\n1777629600,m,1,2\r\n1777629601,m,1,2', 2, 0],
    [
      'a document',
      'a.json',
      JSON.stringify([{ request_id: 'a', startTime: '2026-05-01T10:00:00Z', prompt_tokens: 5 }], undefined, 1),
      1,
      0,
    ],
    ['a document that is cut off', 'a.json', '[{"request_id":"a","startTime":"x","prompt_tokens":5', 0, 1],
    ['something else', 'x', 'hello', 0, 1],
    ['nothing', 'x', '', 0, 0],
  ])('reads a stream: %s', async (_, _name, text, counted, rejected) => {
    for (const size of [7, 1 << 16]) {
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (__, i) => Buffer.from(text.slice(i * size, (i + 1) * size)));
      const report = await run(new MemoryLedger(), [{ type: 'stream', name: 'stdin', stream: Readable.from(chunks) }], {
        limits: { blockBytes: 16 },
      });
      const sum = (field: 'counted' | 'rejected') => report.sources.reduce((total, counts) => total + counts[field], 0);
      expect([sum('counted'), sum('rejected')]).toEqual([counted, rejected]);
      expect(balanced(report)).toBe(true);
    }
  });

  it('rejects a line of a stream that is too long and goes on behind it', async () => {
    const text = lines(claudeLine({ id: 'm1' }), `{"usage":"${'x'.repeat(5000)}"}`, claudeLine({ id: 'm2' }));
    const report = await run(
      new MemoryLedger(),
      [
        {
          type: 'stream',
          name: 'stdin',
          stream: Readable.from([Buffer.from(text.slice(0, 2000)), Buffer.from(text.slice(2000, 4000)), Buffer.from(text.slice(4000))]),
          format: 'claude-code',
        },
      ],
      {
        limits: { blockBytes: 16, maxLineBytes: 1000 },
      },
    );
    expect(report.sources).toMatchObject([{ lines: 3, counted: 2, rejected: 1 }]);
    expect(report.rejects).toMatchObject([{ line: 2, reason: 'too-long' }]);
  });
});

describe('hostile logs', () => {
  it('are counted right or rejected with file, line and reason', async () => {
    const folder = temporaryFolder();
    const long = claudeLine({ id: 'long', over: { content: '\\"usage\\" '.repeat(30_000) } });
    const hostile: (string | Buffer)[] = [
      `\uFEFF${claudeLine({ id: 'm1' })}\r`,
      '\0'.repeat(100),
      `\0\0${claudeLine({ id: 'nul' })}`,
      long,
      Buffer.concat([Buffer.from('{"type":"user","message":"'), Buffer.from([0xe6, 0xbc]), Buffer.from('"}')]),
      Buffer.concat([Buffer.from(claudeLine({ id: 'half' }).replace('}}}', '}},"x":"')), Buffer.from([0xe6, 0xbc]), Buffer.from('"}')]),
      JSON.stringify({
        type: 'user',
        message: { content: claudeLine({ id: 'quoted' }) },
        toolUseResult: JSON.parse(claudeLine({ id: 'nested' })),
      }),
      claudeLine({ id: 'cut' }).slice(0, 150),
      claudeLine({ id: 'two' }).slice(0, 150) + claudeLine({ id: 'in-one' }),
      '[1,2,"usage"]',
      claudeLine({ id: 'm2', output: 7 }),
    ];
    const path = file(folder, 'h.jsonl', Buffer.concat(hostile.flatMap((line) => [Buffer.from(line as string), Buffer.from('\n')])));
    for (const blockBytes of [64, 1 << 20]) {
      const ledger = new MemoryLedger();
      const report = await run(ledger, [source([path], 'claude-code')], { limits: { blockBytes } });
      expect(ledger.sorted.map(({ key }) => key)).toEqual(['long', 'm1', 'm2']);
      expect(report.rejects.map(({ line, reason }) => [line, reason])).toEqual([
        [2, 'cut-short'],
        [3, 'not-json'],
        [6, 'not-utf8'],
        [8, 'cut-short'],
        [9, 'not-json'],
      ]);
      expect(report.sources).toMatchObject([{ lines: 11, counted: 3, duplicate: 0, rejected: 5, empty: 3 }]);
    }
  });

  it('may have lines of any length up to a limit', async () => {
    const folder = temporaryFolder();
    const line = (id: string, length: number) => claudeLine({ id, over: { x: 'é'.repeat(length / 2) } });
    const path = file(folder, 'l.jsonl', lines(line('m1', 3 << 20), line('too-long', 5 << 20), line('m2', 10)));
    const ledger = new MemoryLedger();
    const report = await run(ledger, [source([path], 'claude-code')], { limits: { maxLineBytes: 4 << 20 } });
    expect(ledger.sorted.map(({ key }) => key)).toEqual(['m1', 'm2']);
    expect(report.rejects).toEqual([{ source: path, line: 2, reason: 'too-long', detail: 'longer than a line may be' }]);
  });

  it('let no word of a conversation into records, rejects or cursors', async () => {
    const canary = 'CANARY-7f3a';
    const folder = temporaryFolder();
    const secret = { text: canary, input: { command: canary, usage: canary, model: canary }, [canary]: canary };
    const assistant = JSON.parse(claudeLine({ id: 'm1' })) as { message: object };
    const message = { ...assistant.message, content: [secret], stop_sequence: canary };
    file(
      folder,
      'claude.jsonl',
      lines(
        JSON.stringify({ ...assistant, message, prompt: canary, toolUseResult: secret }),
        JSON.stringify({ ...assistant, message: { ...message, usage: { input_tokens: canary, output_tokens: 1 } } }),
        JSON.stringify({ ...assistant, timestamp: canary, message }),
        `${JSON.stringify({ ...assistant, message }).slice(0, 150)} ${canary}`,
        `{"usage" ${canary}}`,
      ),
    );
    file(
      folder,
      'codex.jsonl',
      lines(
        JSON.stringify({ type: 'session_meta', payload: { id: 's', instructions: canary, base_instructions: secret } }),
        JSON.stringify({ type: 'turn_context', payload: { model: 'm', summary: canary, user_instructions: canary } }),
        JSON.stringify({ type: 'event_msg', payload: { type: 'user_message', message: `"token_count" ${canary}` } }),
        JSON.stringify({
          timestamp: '2026-05-01T10:00:00Z',
          type: 'event_msg',
          payload: { type: 'token_count', message: canary, info: { total_token_usage: { input_tokens: 1, output_tokens: 1 } } },
        }),
      ),
    );
    file(
      folder,
      'litellm.json',
      JSON.stringify([
        {
          request_id: 'r',
          startTime: '2026-05-01T10:00:00Z',
          prompt_tokens: 1,
          messages: secret,
          response: secret,
          proxy_server_request: secret,
          request_tags: [canary],
          metadata: { spend_logs_metadata: secret },
        },
      ]),
    );
    file(
      folder,
      'langfuse.json',
      JSON.stringify([
        {
          id: 'o',
          traceId: 't',
          type: 'GENERATION',
          startTime: '2026-05-01T10:00:00Z',
          input: secret,
          output: canary,
          metadata: secret,
          statusMessage: canary,
          usageDetails: { input: 1, [canary]: 0 },
        },
      ]),
    );
    const attributes = [
      { key: 'gen_ai.usage.input_tokens', value: { intValue: 1 } },
      { key: 'gen_ai.input.messages', value: { stringValue: canary } },
    ];
    file(
      folder,
      'otlp.json',
      JSON.stringify({
        resourceSpans: [
          {
            scopeSpans: [
              { spans: [{ traceId: 't', spanId: 's', startTimeUnixNano: '1777629600000000000', attributes, events: [{ attributes }] }] },
            ],
          },
        ],
      }),
    );
    file(
      folder,
      'helicone.csv',
      `request_created_at,model,prompt_tokens,completion_tokens,request_body,request_properties\n2026-05-01T10:00:00Z,m,1,1,${canary},"{""prompt"":""${canary}""}"\n`,
    );
    file(
      folder,
      'own.jsonl',
      lines(
        JSON.stringify({ timestamp: '2026-05-01T10:00:00Z', model: 'm', input_tokens: 1, output_tokens: 1, prompt: canary }),
        `{"timestamp":"${canary}","model":"m","input_tokens":1,"output_tokens":1}`,
      ),
    );
    const ledger = new MemoryLedger();
    const report = await run(ledger, [source([folder])]);
    expect(report.sources.map(({ kind, counted }) => [kind, counted])).toEqual([
      ['agentops', 1],
      ['claude-code', 1],
      ['codex', 1],
      ['helicone', 1],
      ['langfuse', 1],
      ['litellm', 1],
      ['otlp', 1],
    ]);
    const everything = JSON.stringify([report, ledger.batches], (_, value) => (typeof value === 'bigint' ? String(value) : value));
    expect(everything).not.toContain(canary);
  });
});

describe('the same lines', () => {
  const line = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    output: fc.nat(3),
    sidechain: fc.boolean(),
    over: fc.constantFrom({}, { cwd: '/x' }, { requestId: 'r2' }, { sessionId: 't' }),
  });
  const written = (of: readonly Line[]) => of.map((value) => claudeLine(value));

  it('make the same records in any order, over any files, any number of times', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 40, max: 400 }),
        async (values, shuffle, blockBytes) => {
          const all = written(values);
          const [one, other] = [temporaryFolder(), temporaryFolder()];
          file(one, 'a.jsonl', lines(...all));
          // Every line at least once, in another order, over three files.
          const again = [...all.map((_, i) => i).reverse(), ...shuffle].map((i) => all[i % all.length] as string);
          for (const part of [0, 1, 2]) file(other, `${part}.jsonl`, lines(...again.filter((_, i) => i % 3 === part)));
          const [first, second] = [new MemoryLedger(), new MemoryLedger()];
          await run(first, [source([one], 'claude-code')]);
          const report = await run(second, [source([other], 'claude-code')], { limits: { blockBytes, batchRecords: 1 } });
          await run(second, [source([one], 'claude-code')]);
          expect(second.sorted).toEqual(first.sorted);
          expect(balanced(report)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('make the same in any number of steps as at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 6 }), async (values, cuts) => {
        const bytes = Buffer.from(lines(...written(values).flatMap((text) => [text, userLine])));
        const folder = temporaryFolder();
        const path = file(folder, 'a.jsonl', '');
        const [steps, once] = [new MemoryLedger(), new MemoryLedger()];
        const counted = { lines: 0, empty: 0 };
        const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        let from = 0;
        for (const end of ends) {
          appendFileSync(path, bytes.subarray(from, end));
          from = end;
          const { sources } = await run(steps, [source([path], 'claude-code')]);
          counted.lines += sources[0]?.lines ?? 0;
          counted.empty += sources[0]?.empty ?? 0;
        }
        await run(once, [source([path], 'claude-code')]);
        expect(steps.sorted).toEqual(once.sorted);
        expect(steps.files.get(path)).toEqual(once.files.get(path));
        expect(counted).toEqual({ lines: 2 * values.length, empty: values.length });
      }),
      { numRuns: 60 },
    );
  });

  it('make the same in threads, in parts of a large file and in this thread', async () => {
    const folder = temporaryFolder();
    const filler = 'x'.repeat(40_000);
    const text = lines(
      ...Array.from({ length: 900 }, (_, i) =>
        i % 300 === 299 ? 'broken' : claudeLine({ id: `m${i % 500}`, output: i, over: { filler } }),
      ),
    );
    const large = file(folder, 'large.jsonl', text);
    file(folder, 'small.jsonl', lines(claudeLine({ id: 'm1', output: 5000 }), claudeLine({ id: 'small' })));
    const [here, threads] = [new MemoryLedger(), new MemoryLedger()];
    const sources = [source([folder], 'claude-code')];
    const [report, threaded] = [await run(here, sources), await run(threads, sources, { workerUrl, threads: 2 })];
    expect(threads.sorted).toEqual(here.sorted);
    expect(threaded.sources).toEqual(report.sources);
    expect(threaded.rejects.map(({ line: number }) => number)).toEqual([300, 600, 900]);
    expect(new Set(threaded.rejects.map(({ source: path }) => path))).toEqual(new Set([large]));
    expect(threads.files.get(large)).toEqual(here.files.get(large));
    expect(threads.batches.filter(({ cursor }) => cursor?.path === large).length).toBeGreaterThan(1);
    expect((await run(threads, sources)).files).toEqual({ found: 2, unchanged: 2, read: 0 });
  });

  it('make the same when two processes read them at once', async () => {
    const folder = temporaryFolder();
    for (const name of ['a', 'b', 'c'])
      file(folder, `${name}.jsonl`, lines(claudeLine({ id: name }), claudeLine({ id: 'shared', output: name.charCodeAt(0) })));
    const [both, alone] = [new MemoryLedger(), new MemoryLedger()];
    const reports = await Promise.all([1, 2].map(() => run(both, [source([folder], 'claude-code')])));
    await run(alone, [source([folder], 'claude-code')]);
    expect(both.sorted).toEqual(alone.sorted);
    expect(reports.reduce((sum, report) => sum + (report.sources[0]?.counted ?? 0), 0)).toBe(4);
  });

  it('are read again after a run that was killed before it had written', async () => {
    const folder = temporaryFolder();
    file(folder, 'a.jsonl', lines(claudeLine({ id: 'm1' })));
    const ledger = new MemoryLedger();
    const write = ledger.write.bind(ledger);
    ledger.write = async () => {
      throw new Error('killed');
    };
    await expect(run(ledger, [source([folder], 'claude-code')])).rejects.toThrow('killed');
    ledger.write = write;
    expect((await run(ledger, [source([folder], 'claude-code')])).sources).toMatchObject([{ counted: 1 }]);
  });
});
