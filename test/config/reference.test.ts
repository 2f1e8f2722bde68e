import { describe, expect, it } from 'vitest';
import { configJsonSchema } from '../../packages/core/src/config/json-schema.ts';
import { configReference } from '../../packages/core/src/config/reference.ts';

const rows = configReference(configJsonSchema()).split('\n');

describe('the configuration reference', () => {
  it.each([
    ['a duration, its default as one writes it', '| `timeout` | duration | `"20s"` | deadline of a whole diagnose run |'],
    ['a list of objects, described by what it holds', '| `redis` | list | | a Redis server, a Sentinel group or a Cluster |'],
    ['a setting of a list’s items', '| `redis[].name` | string | `"redis"` | how the report calls it |'],
    ['a secret', '| `redis[].password` | secret |  |  |'],
    ['alternatives, each by its method', '| `vault.auth (kubernetes).mount` | string | `"kubernetes"` |  |'],
    ['a fixed value', '| `version` | `1` | `1` |  |'],
    ['a default that is a list', '| `kubernetes.contexts` | list of string | `[]` | contexts to examine; default the current one |'],
    ['a choice', '| `endpoints[].method` | `GET`, `HEAD` | `"GET"` |  |'],
    ['a map of objects', '| `budget.prices.*.input` | number |  | US dollars per million input tokens |'],
    ['a threshold of a check', '| `checks.performance/p95.warn` | number or null | `5` | limit of a warning, seconds; null for none |'],
    [
      'a duration of a check',
      '| `checks.connectivity/redis.slowAfter` | duration | `"100ms"` | an answer that takes longer is a warning |',
    ],
  ])('shows %s', (_what, row) => {
    expect(rows).toContain(row);
  });

  it('has four cells in every row', () => {
    const odd = rows.filter((row) => row.replaceAll('\\|', '').split('|').length !== 6);
    expect(odd).toEqual([]);
  });

  it('names every top-level setting once', () => {
    const top = rows
      .slice(2)
      .map((row) => /^\| `([^`]+)`/.exec(row)?.[1] ?? '')
      .filter((path) => /^\w+$/.test(path));
    expect(top).toEqual([
      'version',
      'timeout',
      'timeZone',
      'kubernetes',
      'prometheus',
      'redis',
      'vault',
      'endpoints',
      'providers',
      'agents',
      'budget',
      'cost',
      'secrets',
      'rotation',
      'ledger',
      'lab',
      'checks',
      'suppressions',
    ]);
  });
});
