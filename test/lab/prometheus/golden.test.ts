import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LabPrometheus, startPrometheus } from '../../../packages/lab/src/prometheus/server.ts';
import golden from '../../fixtures/promql.json' with { type: 'json' };
import type { Answer } from './answers.ts';
import { cases, compareCase } from './cases.ts';
import { dataset } from './dataset.ts';

/** What Prometheus 2.42 answered (recorded by test/real/promql.test.ts). */
const answers = golden as unknown as Readonly<Record<string, Answer>>;

describe('the lab answers as Prometheus 2.42 did', () => {
  let lab: LabPrometheus;
  beforeAll(async () => {
    lab = await startPrometheus({ series: dataset });
  });
  afterAll(() => lab.close());

  test('every recorded answer is asked for, and nothing else', () => {
    expect(cases.map(({ name }) => name).sort()).toEqual(Object.keys(answers).sort());
  });

  test.each(cases)('$name', async (one) => {
    const expected = answers[one.name];
    if (!expected) throw new Error('not recorded');
    expect(compareCase(one, expected, await one.ask(lab.url))).toBe(undefined);
  });
});
