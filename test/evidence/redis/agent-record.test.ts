import { describe, expect, test } from 'vitest';
import { parseAgentRecord, parseInstant } from '../../../packages/core/src/evidence/redis/agent-record.ts';

const at = Date.parse('2026-11-21T13:07:31Z');

describe('parseInstant', () => {
  test.each([
    [at / 1000, at],
    [at / 1000 + 0.25, at + 250],
    [at, at],
    [String(at / 1000), at],
    [` ${at} `, at],
    ['2026-11-21T13:07:31Z', at],
    ['2026-11-21T14:07:31+01:00', at],
    ['2026-11-21T14:07:31+0100', at],
    // Python: datetime.utcnow().isoformat(), which has no zone.
    ['2026-11-21T13:07:31.250000', at + 250],
    ['2026-11-21 13:07:31', at],
    ['2026-11-21T13:07', Date.parse('2026-11-21T13:07:00Z')],
  ])('%j', (value, expected) => {
    expect(parseInstant(value)).toBe(expected);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e18, '', 'now', '2026-11-21', '2026-13-45T00:00:00Z', null, true, [], {}])(
    '%j is none',
    (value) => {
      expect(parseInstant(value)).toBeUndefined();
    },
  );
});

describe('parseAgentRecord', () => {
  test('a whole record', () => {
    const value = JSON.stringify({
      type: 'planner',
      status: 'active',
      capacity: 10,
      current_load: '3',
      last_heartbeat: at / 1000,
      endpoint: 'https://user:CANARY@planner:8080/run?key=CANARY',
      latency_ms: 12.5,
    });
    expect(parseAgentRecord('a1', value)).toEqual({
      id: 'a1',
      type: 'planner',
      status: 'active',
      capacity: 10,
      currentLoad: 3,
      lastHeartbeat: at,
      endpoint: 'https://planner:8080/run',
      latencyMs: 12.5,
      malformed: [],
    });
  });

  test('what is missing is named and not guessed', () => {
    expect(parseAgentRecord('a1', '{}')).toEqual({
      id: 'a1',
      type: '',
      status: '',
      capacity: null,
      currentLoad: null,
      lastHeartbeat: null,
      malformed: ['type', 'status', 'capacity', 'current_load', 'last_heartbeat'],
    });
  });

  test('what is of the wrong kind is, too', () => {
    const value = JSON.stringify({
      type: 7,
      status: '',
      capacity: 'many',
      current_load: -1,
      last_heartbeat: 'yesterday',
      endpoint: 5,
      latency_ms: null,
    });
    expect(parseAgentRecord('a1', value)).toMatchObject({
      capacity: null,
      currentLoad: null,
      lastHeartbeat: null,
      malformed: ['type', 'status', 'capacity', 'current_load', 'last_heartbeat', 'endpoint', 'latency_ms'],
    });
  });

  test('an endpoint that is no URL loses its credentials as well', () => {
    expect(parseAgentRecord('a', '{"endpoint":"planner:8080"}')?.endpoint).toBe('planner:8080');
    expect(parseAgentRecord('a', '{"endpoint":"user:CANARY@planner:8080"}')?.endpoint).toBe('planner:8080');
  });

  test.each(['', 'garbage', '"text"', '7', 'null', '[]', '{"type":'])('%j is no record', (value) => {
    expect(parseAgentRecord('a1', value)).toBeUndefined();
  });
});
