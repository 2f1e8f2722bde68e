import { describe, expect, it } from 'vitest';
import { readLines } from './support.ts';

type Counts = readonly [input: number, cached: number, output: number, reasoning?: number];
const usage = ([input, cached, output, reasoning = 0]: Counts) => ({
  input_tokens: input,
  cached_input_tokens: cached,
  output_tokens: output,
  reasoning_output_tokens: reasoning,
  total_tokens: input + output,
});
const count = (timestamp: string, total: Counts | undefined, last?: Counts) => ({
  timestamp,
  type: 'event_msg',
  payload: {
    type: 'token_count',
    info: { ...(last ? { last_token_usage: usage(last) } : {}), ...(total ? { total_token_usage: usage(total) } : {}) },
  },
});
const meta = (id: string, over: object = {}, timestamp = '2026-05-01T10:00:00.000Z') => ({
  timestamp,
  type: 'session_meta',
  payload: { id, timestamp, cwd: '/w', model_provider: 'openai', ...over },
});
const turn = (model: string, over: object = {}) => ({
  timestamp: '2026-05-01T10:00:00.000Z',
  type: 'turn_context',
  payload: { model, ...over },
});
const at = (second: number, fraction = '000') =>
  `2026-05-01T10:${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}.${fraction}Z`;
const brief = (lines: readonly unknown[]) => {
  const { records, rejects } = readLines('codex', lines, { path: '/s/rollout-1.jsonl' });
  expect(rejects).toEqual([]);
  return records.map(({ tokens, model }) => [model, tokens.input, tokens.cacheRead, tokens.output]);
};

describe('codex', () => {
  it('reads every field', () => {
    const { records } = readLines('codex', [meta('s1'), turn('gpt-5.5'), count(at(9), [1000, 250, 100, 75], [1000, 250, 100, 75])]);
    expect(records).toEqual([
      {
        key: '["s1",0,1000,250,100]',
        source: 'codex',
        at: Date.parse(at(9)),
        model: 'gpt-5.5',
        provider: 'openai',
        agent: 'main',
        session: 's1',
        task: '',
        project: '/w',
        tokens: { input: 750, output: 100, cacheRead: 250, cacheWrite5m: 0, cacheWrite1h: 0 },
        reasoning: 75,
        requests: 1,
        webSearches: 0,
        serviceTier: '',
        geo: '',
        sidechain: false,
        status: 'ok',
        latencyMs: null,
        claimedPico: null,
      },
    ]);
  });

  it('takes differences of cumulative totals, by the model of the turn', () => {
    const lines = [meta('s'), turn('a'), count(at(5), [100, 0, 10]), turn('b'), count(at(9), [300, 150, 15])];
    expect(brief(lines)).toEqual([
      ['a', 100, 0, 10],
      ['b', 50, 150, 5],
    ]);
  });

  it('does not count the same totals twice, whatever the last usage says', () => {
    const lines = [meta('s'), turn('a'), count(at(5), [100, 0, 10], [100, 0, 10]), count(at(6), [100, 0, 10], [100, 0, 10])];
    expect(brief(lines)).toEqual([['a', 100, 0, 10]]);
  });

  it('counts what a lost line held with the next one', () => {
    const lines = [meta('s'), turn('a'), count(at(5), [100, 0, 10], [100, 0, 10]), count(at(9), [300, 0, 30], [50, 0, 5])];
    expect(brief(lines)).toEqual([
      ['a', 100, 0, 10],
      ['a', 200, 0, 20],
    ]);
  });

  it('begins anew where totals fall, with another key for the same numbers', () => {
    const lines = [meta('s'), turn('a'), count(at(5), [100, 0, 10]), count(at(9), [100, 0, 9], [60, 0, 9]), count(at(12), [160, 0, 18])];
    expect(brief(lines)).toEqual([
      ['a', 100, 0, 10],
      ['a', 60, 0, 9],
      ['a', 60, 0, 9],
    ]);
    expect(new Set(readLines('codex', lines).records.map((record) => record.key)).size).toBe(3);
  });

  it('takes the last usage where there are no totals, told apart by time', () => {
    const lines = [meta('s'), turn('a'), count(at(5), undefined, [10, 0, 1]), count(at(6), undefined, [10, 0, 1])];
    expect(brief(lines)).toEqual([
      ['a', 10, 0, 1],
      ['a', 10, 0, 1],
    ]);
    expect(readLines('codex', lines).records.map((record) => record.key)).toEqual([
      `["s",${Date.parse(at(5))},10,1]`,
      `["s",${Date.parse(at(6))},10,1]`,
    ]);
  });

  it('names no model that it was not told', () => {
    expect(brief([meta('s'), count(at(5), [10, 0, 1])])).toEqual([['', 10, 0, 1]]);
  });

  it('calls a file without session data by its name', () => {
    expect(readLines('codex', [count(at(5), [10, 0, 1])], { path: '/s/rollout-7.jsonl' }).records[0]?.session).toBe('rollout-7');
  });

  it('names a subagent by its role', () => {
    const source = { subagent: { thread_spawn: { parent_thread_id: 'p', agent_role: 'reviewer' } } };
    const { records } = readLines('codex', [meta('child', { source }), meta('p'), turn('a'), count(at(5), [10, 0, 1])]);
    expect(records).toMatchObject([{ agent: 'reviewer', sidechain: true, session: 'child' }]);
  });

  it('counts what is written to the cache apart from the rest of the input', () => {
    const line = {
      timestamp: at(5),
      type: 'event_msg',
      payload: {
        type: 'token_count',
        info: { total_token_usage: { input_tokens: 100, cached_input_tokens: 20, cache_write_input_tokens: 30, output_tokens: 1 } },
      },
    };
    expect(readLines('codex', [meta('s'), line]).records[0]?.tokens).toEqual({
      input: 50,
      output: 1,
      cacheRead: 20,
      cacheWrite5m: 30,
      cacheWrite1h: 0,
    });
  });

  describe('a fork', () => {
    const forked = { forked_from_id: 'parent' };
    const copy = [
      meta('parent', {}, at(0, '001')),
      turn('old'),
      count(at(0, '002'), [100, 0, 10], [100, 0, 10]),
      count(at(0, '003'), [250, 0, 25], [150, 0, 15]),
    ];

    it('leaves out the copy that was written at once', () => {
      const lines = [meta('fork', forked), ...copy, turn('new'), count(at(6), [300, 0, 30], [50, 0, 5])];
      expect(brief(lines)).toEqual([['new', 50, 0, 5]]);
      expect(readLines('codex', lines).records[0]?.session).toBe('fork');
    });

    it('leaves out a copy that goes on over a tick of the second', () => {
      const lines = [
        meta('fork', forked, at(0, '985')),
        count(at(0, '990'), [100, 0, 10]),
        count(at(1, '001'), [250, 0, 25]),
        turn('new'),
        count(at(7), [300, 0, 30]),
      ];
      expect(brief(lines)).toEqual([['new', 50, 0, 5]]);
    });

    it('leaves out a copy that kept its times', () => {
      const lines = [
        meta('fork', forked, at(600)),
        turn('old'),
        count(at(10), [100, 0, 10]),
        count(at(200), [250, 0, 25]),
        turn('new'),
        count(at(606), [300, 0, 30]),
      ];
      expect(brief(lines)).toEqual([['new', 50, 0, 5]]);
    });

    it('counts a turn of its own at once, told by the id of the turn', () => {
      const uuid = (time: string) => {
        const hex = Date.parse(time).toString(16).padStart(12, '0');
        return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
      };
      const lines = [
        meta(uuid(at(100)), forked, at(100)),
        turn('old', { turn_id: uuid(at(3)) }),
        count(at(100, '002'), [100, 0, 10]),
        turn('new', { turn_id: uuid(at(100, '100')) }),
        count(at(100, '300'), [150, 0, 15]),
      ];
      expect(brief(lines)).toEqual([['new', 50, 0, 5]]);
    });

    it('counts a turn of its own at once, told by its start', () => {
      const started = (second: number, timestamp: string) => ({
        timestamp,
        type: 'event_msg',
        payload: { type: 'task_started', started_at: Date.parse(at(second)) / 1000 },
      });
      const lines = [
        meta('fork', forked, at(100)),
        started(3, at(100, '001')),
        count(at(100, '002'), [100, 0, 10]),
        started(101, at(101)),
        turn('new'),
        count(at(101, '001'), [150, 0, 15]),
      ];
      expect(brief(lines)).toEqual([['new', 50, 0, 5]]);
    });

    it('ends the copy at its own session data again', () => {
      const lines = [meta('fork', forked), ...copy, meta('fork', forked), turn('new'), count(at(0, '900'), [300, 0, 30])];
      expect(brief(lines)).toEqual([['new', 50, 0, 5]]);
    });

    it('takes only its own request where totals go on without a copy', () => {
      const lines = [meta('fork', forked), turn('new'), count(at(6), [300, 0, 30], [50, 0, 5]), count(at(9), [400, 0, 40], [100, 0, 10])];
      expect(brief(lines)).toEqual([
        ['new', 50, 0, 5],
        ['new', 100, 0, 10],
      ]);
    });

    it('has a copy although nothing says when it was made', () => {
      const lines = [
        { type: 'session_meta', payload: { id: 'fork', ...forked } },
        count(at(0, '002'), [100, 0, 10]),
        count(at(0, '003'), [250, 0, 25]),
        turn('new'),
        count(at(6), [300, 0, 30]),
      ];
      expect(brief(lines)).toEqual([['new', 50, 0, 5]]);
    });

    it('of nothing new counts nothing', () => {
      expect(brief([meta('fork', forked), ...copy])).toEqual([]);
    });
  });

  it.each([
    ['no info', { timestamp: at(1), type: 'event_msg', payload: { type: 'token_count', info: null } }],
    ['an answer that quotes usage', { timestamp: at(1), type: 'response_item', payload: { type: 'message', content: '"token_count"' } }],
    ['another event', { timestamp: at(1), type: 'event_msg', payload: { type: 'agent_message', message: 'hi' } }],
  ])('does not count %s', (_, line) => {
    expect(readLines('codex', [line])).toEqual({ records: [], rejects: [], empty: 1 });
  });

  it.each([
    ['more cached than there was', count(at(1), [10, 20, 1]), 'bad-number: total_token_usage.input_tokens is less than its parts'],
    ['more reasoning than output', count(at(1), [10, 0, 1, 2]), 'bad-number: total_token_usage.output_tokens is less than its parts'],
    ['no time', { ...count(at(1), [10, 0, 1]), timestamp: undefined }, 'missing-field: timestamp is missing'],
    ['a cut line', '{"timestamp":"2026","type":"event_msg","payload":{"type":"token_count"', 'cut-short: the JSON text ends early'],
  ])('rejects %s', (_, line, reject) => {
    expect(readLines('codex', [line]).rejects).toEqual([reject]);
  });
});
