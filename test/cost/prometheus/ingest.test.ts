import { describe, expect, it } from 'vitest';
import type { Series } from '../../../packages/lab/src/prometheus/store.ts';
import { startStub } from '../../evidence/prometheus/stub.ts';
import { temporaryLedger } from '../../support/temporary-ledger.ts';
import { MemoryLedger } from '../ingest/memory-ledger.ts';
import { all, at, brief, lab, named, read, scraped, startLimited, up } from './support.ts';

const claude = (type: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  __name__: 'claude_code_token_usage_tokens_total',
  model: 'claude-sonnet-4-5',
  session_id: 's1',
  type,
  ...more,
});
const plain = { __name__: 'ai_agent_token_usage_total', agent_type: 'planner', model: 'gpt-4o' };

describe('counters become records by quarter hour', () => {
  it('Claude Code: classes of tokens, a session that begins, what it claims to have cost', async () => {
    const server = await lab(
      [
        up('13:07'),
        scraped(claude('input'), { '12:10': 500, '12:16': 700, '12:29': 1200 }, '13:07'),
        scraped(claude('cacheRead'), { '12:10': 0, '12:16': 90_000 }, '13:07'),
        scraped(claude('cacheCreation'), { '12:16': 4000 }, '13:07'),
        scraped(claude('output'), { '12:10': 20, '12:16': 60 }, '13:07'),
        scraped({ ...claude(''), __name__: 'claude_code_cost_usage_USD_total', type: '' }, { '12:10': 0.002, '12:16': 0.0451 }, '13:07'),
      ],
      '13:07',
    );
    const ledger = new MemoryLedger();
    const reading = await read(ledger, server.url, named('claude-code'));
    const common = {
      source: 'prometheus',
      model: 'claude-sonnet-4-5',
      provider: 'anthropic',
      agent: '',
      session: 's1',
      task: '',
      project: '',
      reasoning: 0,
      requests: 0,
      webSearches: 0,
      serviceTier: '',
      geo: '',
      sidechain: false,
      status: '',
      latencyMs: null,
    };
    expect(ledger.sorted.toSorted((a, b) => a.at - b.at)).toEqual([
      {
        ...common,
        key: expect.stringContaining('claude-code'),
        at: at('12:00'),
        tokens: { input: 500, output: 20, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 },
        claimedPico: 2_000_000_000n,
      },
      {
        ...common,
        key: expect.stringContaining('claude-code'),
        at: at('12:15'),
        tokens: { input: 700, output: 40, cacheRead: 90_000, cacheWrite5m: 4000, cacheWrite1h: 0 },
        claimedPico: 43_100_000_000n,
      },
    ]);
    expect(reading).toEqual({
      counts: {
        source: `prometheus ${server.url}`,
        kind: 'prometheus',
        lines: 2,
        counted: 2,
        duplicate: 0,
        rejected: 0,
        empty: 0,
      },
      rejects: [],
      unseen: [],
    });
  });

  it('LiteLLM: cached tokens are taken out of its input; calls and reasoning where their labels match', async () => {
    const labels = { model: 'gpt-5', api_key_alias: 'planner', team_alias: 'core', end_user: 'None' };
    const metric = (name: string, value: number): Series =>
      scraped({ __name__: `litellm_${name}_total`, ...labels }, { '12:20': value }, '13:07');
    const server = await lab(
      [
        up('13:07'),
        metric('input_tokens_metric', 10_000),
        metric('output_tokens_metric', 900),
        metric('total_tokens_metric', 10_900),
        metric('provider_cache_read_input_tokens_metric', 6000),
        metric('provider_cache_creation_input_tokens_metric', 1000),
        metric('output_reasoning_tokens_metric', 640),
        metric('requests_metric', 3),
        metric('spend_metric', 0.0125),
      ],
      '13:07',
    );
    const ledger = new MemoryLedger();
    const { unseen } = await read(ledger, server.url, all);
    expect(ledger.sorted).toMatchObject([
      {
        at: at('12:15'),
        model: 'gpt-5',
        agent: 'planner',
        project: 'core',
        tokens: { input: 3000, output: 900, cacheRead: 6000, cacheWrite5m: 1000, cacheWrite1h: 0 },
        reasoning: 640,
        requests: 3,
        claimedPico: 12_500_000_000n,
      },
    ]);
    expect(unseen).toEqual([]);
  });

  it('a histogram of OpenTelemetry: the calls are those of its input', async () => {
    const labels = {
      gen_ai_response_model: 'gpt-5',
      gen_ai_agent_name: 'coder',
      gen_ai_provider_name: 'openai',
      gen_ai_conversation_id: 'c1',
    };
    const metric = (suffix: string, type: string, value: number): Series =>
      scraped({ __name__: `gen_ai_client_token_usage_${suffix}`, gen_ai_token_type: type, ...labels }, { '12:20': value }, '13:07');
    const server = await lab(
      [up('13:07'), metric('sum', 'input', 1500), metric('sum', 'output', 80), metric('count', 'input', 4), metric('count', 'output', 4)],
      '13:07',
    );
    const ledger = new MemoryLedger();
    await read(ledger, server.url, all);
    expect(ledger.sorted.map(brief)).toEqual(['12:15 gpt-5 coder c1 input=1500 output=80 requests=4']);
    expect(ledger.sorted[0]?.provider).toBe('openai');
  });

  it('series of several processes are one record', async () => {
    const server = await lab(
      [
        up('13:07'),
        up('13:07', { instance: 'b:1' }),
        scraped({ ...claude('input') }, { '12:20': 5 }, '13:07'),
        scraped({ ...claude('input'), instance: 'b:1' }, { '12:20': 7 }, '13:07'),
      ],
      '13:07',
    );
    const ledger = new MemoryLedger();
    await read(ledger, server.url, named('claude-code'));
    expect(ledger.sorted.map(brief)).toEqual(['12:15 claude-sonnet-4-5 - s1 input=12']);
  });

  it('tokens that nobody split: counted as input, marked, and said', async () => {
    const server = await lab([up('13:07'), scraped(plain, { '12:20': 1_000_000 }, '13:07')], '13:07');
    const ledger = new MemoryLedger();
    const { unseen } = await read(ledger, server.url, all);
    expect(ledger.sorted.map(brief)).toEqual(['12:15 gpt-4o planner unsplit input=1000000']);
    expect(unseen.map(({ detail }) => detail)).toEqual([
      'which tokens of ai_agent_token_usage_total are input and which output: priced as the cheapest class, at least that was spent',
    ]);
  });

  it('split and unsplit tokens of one owner are two records; its calls count once', async () => {
    const metric = (name: string, more: Readonly<Record<string, string>>, value: number): Series =>
      scraped({ __name__: name, model: 'm', ...more }, { '12:20': value }, '13:07');
    const server = await lab(
      [
        up('13:07'),
        metric('llm_tokens_total', { type: 'input' }, 70),
        metric('llm_tokens_total', {}, 30),
        metric('llm_calls_total', {}, 5),
      ],
      '13:07',
    );
    const ledger = new MemoryLedger();
    await read(ledger, server.url, all);
    expect(ledger.sorted.map(brief).toSorted()).toEqual(['12:15 m - input=70 requests=5', '12:15 m - unsplit input=30']);
  });

  it('more cached tokens than input: the sum stays, and it is said', async () => {
    const metric = (name: string, value: number): Series =>
      scraped({ __name__: `litellm_${name}_total`, model: 'm' }, { '12:20': value }, '13:07');
    const server = await lab(
      [
        up('13:07'),
        metric('input_tokens_metric', 100),
        metric('provider_cache_read_input_tokens_metric', 80),
        metric('provider_cache_creation_input_tokens_metric', 50),
      ],
      '13:07',
    );
    const ledger = new MemoryLedger();
    const { rejects } = await read(ledger, server.url, all);
    expect(ledger.sorted.map(brief)).toEqual(['12:15 m - cacheRead=80 cacheWrite5m=20']);
    expect(rejects.map(({ reason, detail }) => `${reason}: ${detail}`)).toEqual([
      'bad-number: more cached tokens than input in a quarter hour of LiteLLM',
    ]);
  });

  it('a family that is left out is named as soon as it grows', async () => {
    const gateway = scraped({ __name__: 'litellm_output_tokens_metric_total', model: 'm' }, { '12:20': 9 }, '13:07');
    const server = await lab([up('13:07'), gateway, scraped(plain, { '12:20': 0 }, '13:07')], '13:07');
    const ledger = new MemoryLedger();
    expect((await read(ledger, server.url, all)).unseen).toEqual([]);
    server.setSeries([up('13:37'), gateway, scraped(plain, { '12:20': 0, '13:10': 400 }, '13:37')]);
    server.setNow(at('13:37'));
    expect((await read(ledger, server.url, all)).unseen.map(({ detail }) => detail)).toEqual([
      'counters of ai-agent: LiteLLM’s count the same requests',
    ]);
    expect(ledger.sorted.map(brief)).toEqual(['12:15 m - output=9']);
  });

  it('dollars without tokens cannot be priced, which is said', async () => {
    const server = await lab([up('13:07'), scraped({ __name__: 'ai_agent_cost_usd_total' }, { '12:20': 3 }, '13:07')], '13:07');
    const ledger = new MemoryLedger();
    const { unseen, counts } = await read(ledger, server.url, all);
    expect(ledger.sorted).toEqual([]);
    expect(counts.lines).toBe(0);
    expect(unseen.map(({ detail }) => detail)).toEqual(['spend of ai_agent: it counts dollars and no tokens, which alone are priced here']);
  });
});

describe('growth is exact', () => {
  async function briefs(
    points: Readonly<Record<string, number | null>>,
    others: readonly Series[] = [up('13:07')],
  ): Promise<[string[], string[]]> {
    const server = await lab([...others, scraped(claude('input'), points, '13:07')], '13:07');
    const ledger = new MemoryLedger();
    const { rejects } = await read(ledger, server.url, named('claude-code'));
    return [
      ledger.sorted.toSorted((a, b) => a.at - b.at).map((record) => brief(record).replace(' claude-sonnet-4-5 - s1', '')),
      rejects.map(({ reason, detail }) => `${reason}: ${detail}`),
    ];
  }

  it('a sample on the edge belongs to the quarter hour that it ends', async () => {
    expect(await briefs({ '12:01': 10, '12:15': 30, '12:30': 60, '12:31': 100 })).toEqual([
      ['12:00 input=30', '12:15 input=30', '12:30 input=40'],
      [],
    ]);
  });

  it('a reset inside a quarter hour, two of them in the next', async () => {
    expect(await briefs({ '12:01': 1000, '12:20': 1500, '12:25': 70, '12:32': 90, '12:35': 5, '12:38': 25, '12:40': 3 })).toEqual([
      ['12:00 input=1000', '12:15 input=570', '12:30 input=48'],
      [],
    ]);
  });

  it('a reset between two quarter hours, also to more than half', async () => {
    expect(await briefs({ '12:01': 1000, '12:16': 900 })).toEqual([['12:00 input=1000', '12:15 input=900'], []]);
  });

  it('an hour without samples of this series while others are there: its growth stands where it comes back', async () => {
    expect(await briefs({ '11:50': 100, '12:01': null, '12:50': 400 })).toEqual([['11:45 input=100', '12:45 input=300'], []]);
  });

  it('a restart while the series was not seen: what is certain, and that something is missing', async () => {
    expect(await briefs({ '11:50': 100, '12:01': null, '12:50': 60 })).toEqual([
      ['11:45 input=100', '12:45 input=60'],
      ['cut-short: claude_code_token_usage_tokens_total: restarts while it was not seen: what it counted before is missing'],
    ]);
  });

  it('a gap of the server is a reject', async () => {
    const gap: Series = {
      labels: { __name__: 'up', job: 'agents', instance: 'a:1' },
      samples: ['10:00', '11:50', '12:50', '13:00'].map((time) => [at(time), 1] as const),
    };
    const [records, rejects] = await briefs({ '11:50': 100, '12:01': null, '12:50': 400 }, [gap]);
    expect(records).toEqual(['11:45 input=100', '12:45 input=300']);
    expect(rejects).toEqual([
      'unreadable: no samples from 2026-11-21T10:15Z to 2026-11-21T11:45Z: what was counted then stands at its end, but for what a restart lost',
      'unreadable: no samples from 2026-11-21T12:15Z to 2026-11-21T12:45Z: what was counted then stands at its end, but for what a restart lost',
    ]);
  });

  it('a server that only receives: an hour without samples may be one without requests', async () => {
    const server = await lab([scraped(claude('input'), { '11:50': 100, '12:01': null, '12:50': 400 }, '13:07')], '13:07');
    const ledger = new MemoryLedger();
    const { rejects, unseen } = await read(ledger, server.url, named('claude-code'));
    expect(rejects.map(({ detail }) => detail)).toEqual([
      'claude_code_token_usage_tokens_total: first seen with a count on it: what it counted before is left out',
    ]);
    expect(unseen.map(({ detail }) => detail)).toEqual([
      'gaps: the server scrapes nothing, so an hour without samples may be one without requests',
    ]);
    expect(ledger.sorted.map(brief)).toEqual(['12:45 claude-sonnet-4-5 - s1 input=300']);
  });

  it('a target that was known the day before yesterday joins as any other', async () => {
    const others = [
      up('13:07', { instance: 'other:1' }),
      {
        labels: { __name__: 'up', job: 'agents', instance: 'a:1' },
        samples: [at('12:20') - 26 * 3_600_000, ...[20, 25, 30].map((m) => at(`12:${m}`))].map((time) => [time, 1] as const),
      },
      scraped({ __name__: 'process_start_time_seconds' }, { '12:20': at('02:00') / 1000 }, '13:07'),
    ];
    const [records] = await briefs({ '12:20': 5_000_000, '12:25': 5_000_400 }, others);
    expect(records).toEqual(['12:15 input=400']);
  });

  it('a target that joins with an old process: only what it counts from then on', async () => {
    const others = [
      up('13:07', { instance: 'other:1' }),
      scraped({ __name__: 'up' }, { '12:20': 1 }, '13:07'),
      scraped({ __name__: 'process_start_time_seconds' }, { '12:20': at('02:00') / 1000 }, '13:07'),
    ];
    expect(await briefs({ '12:20': 5_000_000, '12:25': 5_000_400 }, others)).toEqual([
      ['12:15 input=400'],
      ['cut-short: claude_code_token_usage_tokens_total: first seen with a count on it: what it counted before is left out'],
    ]);
  });

  it('a target that joins with its process: all of it', async () => {
    const others = [
      up('13:07', { instance: 'other:1' }),
      scraped({ __name__: 'up' }, { '12:20': 1 }, '13:07'),
      scraped({ __name__: 'process_start_time_seconds' }, { '12:20': at('12:19') / 1000 }, '13:07'),
    ];
    expect(await briefs({ '12:20': 5000, '12:25': 5400 }, others)).toEqual([['12:15 input=5400'], []]);
  });

  it('when the server itself began: only what is counted from then on', async () => {
    const others = [scraped({ __name__: 'up' }, { '12:20': 1 }, '13:07')];
    expect(await briefs({ '12:20': 5000, '12:25': 5400 }, others)).toEqual([
      ['12:15 input=400'],
      ['cut-short: claude_code_token_usage_tokens_total: first seen with a count on it: what it counted before is left out'],
    ]);
  });

  it('fractions of tokens are no tokens', async () => {
    expect(await briefs({ '12:01': 10, '12:20': 10.5, '12:31': 20.5 })).toEqual([
      ['12:00 input=10', '12:30 input=10'],
      ['bad-number: tokens are not a whole count'],
    ]);
  });
});

describe('runs', () => {
  const growing = (until: string): Series[] => [
    up(until),
    scraped(claude('input'), { '11:40': 100, '12:10': 150, '12:20': 400, '12:50': 600, '13:20': 1000, '13:50': 1100 }, until),
    scraped(claude('output'), { '12:12': 7, '13:40': 9 }, until),
  ];
  const expected = [
    '11:30 claude-sonnet-4-5 - s1 input=100',
    '12:00 claude-sonnet-4-5 - s1 input=50 output=7',
    '12:15 claude-sonnet-4-5 - s1 input=250',
    '12:45 claude-sonnet-4-5 - s1 input=200',
    '13:15 claude-sonnet-4-5 - s1 input=400',
    '13:30 claude-sonnet-4-5 - s1 output=2',
    '13:45 claude-sonnet-4-5 - s1 input=100',
  ];
  const briefs = (ledger: MemoryLedger): string[] => ledger.sorted.toSorted((a, b) => a.at - b.at).map(brief);

  it('a second run reads what is new; a third finds nothing', async () => {
    const server = await lab(growing('12:36'), '12:36');
    const ledger = new MemoryLedger();
    const rule = named('claude-code');
    expect((await read(ledger, server.url, rule)).counts).toMatchObject({ lines: 3, counted: 3 });
    expect(briefs(ledger)).toEqual(expected.slice(0, 3));
    expect([...ledger.files.values()]).toMatchObject([
      { path: `prometheus ${server.url}`, kind: 'prometheus', offset: at('12:30'), lines: 3 },
    ]);
    server.setSeries(growing('14:06'));
    server.setNow(at('14:06'));
    expect((await read(ledger, server.url, rule)).counts).toMatchObject({ lines: 4, counted: 4 });
    expect(briefs(ledger)).toEqual(expected);
    expect((await read(ledger, server.url, rule)).counts).toMatchObject({ lines: 0, counted: 0, duplicate: 0 });
  });

  it('a quarter hour is read once it is complete, five minutes after its end', async () => {
    const server = await lab(growing('14:06'), '12:34');
    const ledger = new MemoryLedger();
    await read(ledger, server.url, named('claude-code'));
    expect(briefs(ledger)).toEqual(expected.slice(0, 2));
  });

  it('read at once, quarter hour by quarter hour, or again: the same records', async () => {
    const server = await lab(growing('14:06'), '14:06');
    const [once, stepwise] = [new MemoryLedger(), new MemoryLedger()];
    const rule = named('claude-code');
    await read(once, server.url, rule);
    for (let now = at('11:20'); now <= at('14:06'); now += 900_000) {
      server.setNow(now);
      await read(stepwise, server.url, rule);
    }
    server.setNow(at('14:06'));
    await read(stepwise, server.url, rule);
    expect(stepwise.sorted).toEqual(once.sorted);
    once.files.clear();
    expect((await read(once, server.url, rule)).counts).toMatchObject({ lines: 7, counted: 0, duplicate: 7 });
    expect(once.sorted).toEqual(stepwise.sorted);
  });

  it.each([
    ['an end without samples', '12:36', '14:06', '12:30'],
    ['the end of the last quarter hour, where nothing comes after it', '12:57', '13:06', '12:45'],
  ])('%s may still be filled: what comes late is not lost', async (_name, until, now, offset) => {
    const late = (end: string): Series[] => [
      up(end),
      scraped(claude('input'), { '12:20': 400, '12:34': 1000, '12:40': 1500, '12:58': 2500, '13:40': 3000 }, end),
    ];
    const server = await lab(late(until), now);
    const ledger = new MemoryLedger();
    const rule = named('claude-code');
    for (let run = 0; run < 3; run++) expect((await read(ledger, server.url, rule)).rejects).toEqual([]);
    expect([...ledger.files.values()][0]?.offset).toBe(at(offset));
    server.setSeries(late('14:06'));
    server.setNow(at('14:06'));
    expect((await read(ledger, server.url, rule)).rejects).toEqual([]);
    expect(briefs(ledger)).toEqual([
      '12:15 claude-sonnet-4-5 - s1 input=400',
      '12:30 claude-sonnet-4-5 - s1 input=1100',
      '12:45 claude-sonnet-4-5 - s1 input=1000',
      '13:30 claude-sonnet-4-5 - s1 input=500',
    ]);
    expect([...ledger.files.values()][0]?.offset).toBe(at('14:00'));
  });

  it('what is lost in an end that is still open is told once: when it is left behind', async () => {
    const lossy = (end: string): Series[] => [up(end), scraped(claude('input'), { '11:40': 100, '11:50': null, '12:31': 60 }, end)];
    const server = await lab(lossy('12:36'), '14:06');
    const ledger = await temporaryLedger([]);
    const rule = named('claude-code');
    const told = async (): Promise<number[]> => {
      const { counts } = await read(ledger, server.url, rule);
      return [counts.rejected, (await ledger.state()).sources[0]?.rejected ?? -1];
    };
    for (let run = 0; run < 2; run++) expect(await told()).toEqual([0, 0]);
    server.setSeries(lossy('14:06'));
    expect(await told()).toEqual([1, 1]);
    expect(await told()).toEqual([0, 1]);
  });

  it('what is lost at the end of one day of reading is told with the next', async () => {
    // Days of reading end at 13:00; the restart of yesterday lies in the quarter hour before.
    const day = 86_400_000;
    const times = [at('11:40') - day, at('12:50') - day, at('13:20') - day];
    const restarted: Series = {
      labels: { job: 'agents', instance: 'a:1', ...claude('input') },
      samples: times.map((time, i) => [time, [100, 60, 90][i] ?? 0] as const),
    };
    const long: Series = {
      labels: { __name__: 'up', job: 'agents', instance: 'a:1' },
      samples: Array.from({ length: 600 }, (_, i) => [at('13:07') - (599 - i) * 300_000, 1] as const),
    };
    const server = await lab([long, restarted], '13:07');
    const ledger = new MemoryLedger();
    const { rejects, counts } = await read(ledger, server.url, named('claude-code'));
    expect(rejects.map(({ detail }) => detail)).toEqual([
      'claude_code_token_usage_tokens_total: restarts while it was not seen: what it counted before is missing',
    ]);
    expect(counts).toMatchObject({ lines: 4, counted: 3, rejected: 1 });
  });

  it('the first run looks back 30 days, a day at a time', async () => {
    const early: Series = {
      labels: { job: 'agents', instance: 'a:1', ...claude('input') },
      samples: [40, 25.02, 25.01].map((days, i) => [at('12:00') - days * 86_400_000, 1000 + i * 50] as const),
    };
    const server = await lab([up('13:07'), early], '13:07');
    const ledger = new MemoryLedger();
    await read(ledger, server.url, named('claude-code'));
    const starts = server.requests.flatMap(({ path, params }) => (path.endsWith('query_range') ? Number(params.start?.[0]) * 1000 : []));
    // `up` is looked at a day before, to know who was there.
    expect(Math.min(...starts)).toBe(at('13:00') - 31 * 86_400_000 + 900_000);
    expect(ledger.sorted.map(({ tokens }) => tokens.input)).toEqual([50]);
  });

  it('after a long pause what is out of reach is said', async () => {
    const server = await lab(growing('14:06'), '14:06');
    const ledger = new MemoryLedger();
    const cursor = { kind: 'prometheus' as const, size: 0, mtimeMs: 0, lines: 5, head: '', headBytes: 0, state: '' };
    const path = `prometheus ${server.url}`;
    ledger.files.set(path, { ...cursor, path, offset: at('14:00') - 40 * 86_400_000 });
    const { unseen } = await read(ledger, server.url, named('claude-code'));
    expect(unseen.map(({ detail }) => detail)).toEqual(['2026-10-12T14:00Z to 2026-10-22T14:00Z: more than 30 days ago']);
    expect(ledger.files.get(path)).toMatchObject({ offset: at('14:00'), lines: 5 + 8 });
  });

  it('two servers, and two selections of one, are not one another’s copies', async () => {
    const series = growing('14:06').map(({ labels, samples }) => ({ labels: { ...labels, cluster: 'eu' }, samples }));
    const [one, two] = [await lab(series, '14:06'), await lab(series, '14:06')];
    const ledger = new MemoryLedger();
    for (const [server, selector] of [
      [one, ''],
      [one, 'cluster="eu"'],
      [two, ''],
    ] as const)
      expect((await read(ledger, server.url, named('claude-code'), selector)).counts).toMatchObject({ counted: 7 });
    expect(ledger.files.size).toBe(3);
  });

  it('a restart between two runs, while the series was not seen', async () => {
    const server = await lab([up('12:36'), scraped(claude('input'), { '11:50': 100, '12:01': null }, '12:36')], '12:36');
    const ledger = new MemoryLedger();
    const rule = named('claude-code');
    await read(ledger, server.url, rule);
    server.setSeries([up('13:06'), scraped(claude('input'), { '11:50': 100, '12:01': null, '12:31': 60 }, '13:06')]);
    server.setNow(at('13:06'));
    const { rejects } = await read(ledger, server.url, rule);
    expect(briefs(ledger)).toEqual(['11:45 claude-sonnet-4-5 - s1 input=100', '12:30 claude-sonnet-4-5 - s1 input=60']);
    expect(rejects.map(({ detail }) => detail)).toEqual([
      'claude_code_token_usage_tokens_total: restarts while it was not seen: what it counted before is missing',
    ]);
  });

  it('a server that does not manage a day at once is asked for less', async () => {
    const server = await lab(growing('14:06'), '14:06');
    const proxy = await startLimited(server.url, 5 * 3_600);
    const [direct, limited] = [new MemoryLedger(), new MemoryLedger()];
    await read(direct, server.url, named('claude-code'));
    const { unseen } = await read(limited, proxy.url, named('claude-code'));
    expect(unseen).toEqual([]);
    expect(briefs(limited)).toEqual(briefs(direct));
    const hopeless = await startLimited(server.url, 1);
    expect((await read(new MemoryLedger(), hopeless.url, named('claude-code'))).unseen.map(({ reason }) => reason)).toEqual([
      'server-error',
    ]);
  });

  it('a server that is away: nothing is read, and that is said', async () => {
    const ledger = new MemoryLedger();
    const { counts, unseen } = await read(ledger, 'http://127.0.0.1:1', all);
    expect(counts).toMatchObject({ lines: 0, rejected: 0 });
    expect(unseen).toMatchObject([{ reason: 'unreachable', source: 'prometheus http://127.0.0.1:1', detail: 'connection refused' }]);
    expect(ledger.batches).toEqual([]);
  });

  it('a partial answer is not counted', async () => {
    const stub = await startStub(({ path, search, form }) => {
      const query = search.get('query') ?? form.get('query') ?? '';
      const body = (data: unknown, warnings?: string[]) => ({ body: { status: 'success', data, ...(warnings ? { warnings } : {}) } });
      if (path.endsWith('/values')) return body(['claude_code_token_usage_tokens_total']);
      if (query === '1') return body({ resultType: 'scalar', result: [at('13:07') / 1000, '1'] });
      if (path.endsWith('/query')) return body({ resultType: 'vector', result: [] });
      return body({ resultType: 'matrix', result: [] }, query.startsWith('last_over_time') ? ['store eu-2 timed out'] : undefined);
    });
    const ledger = new MemoryLedger();
    const { unseen } = await read(ledger, stub.url, all);
    await stub.close();
    expect(unseen.map(({ detail }) => detail)).toEqual(['the server warns that its answer may be incomplete: store eu-2 timed out']);
    expect(ledger.batches).toEqual([]);
  });

  it('in a real ledger: a lower bound for unsplit tokens, exact for the others', async () => {
    const server = await lab([scraped(plain, { '12:20': 1_000_000 }, '13:07'), ...growing('13:07')], '13:07');
    const { createPriceBook } = await import('../../../packages/core/src/cost/prices/book.ts');
    const ledger = await temporaryLedger([], createPriceBook());
    await read(ledger, server.url, named('claude-code', 'ai-agent'));
    const rows = await ledger.rows({ from: at('00:00'), to: at('23:00'), by: ['model'] });
    // gpt-4o lists $2.50 for input, $10 for output and $1.25 for a cached token.
    expect(rows.find(({ group }) => group.model === 'gpt-4o')).toMatchObject({ unpricedTokens: 1_000_000, cost: 1_250_000_000_000n });
    expect((await ledger.state()).sources).toMatchObject([{ source: `prometheus ${server.url}`, kind: 'prometheus', counted: 5 }]);
  });
});
