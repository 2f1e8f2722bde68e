import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { secretList } from '../../../packages/core/src/model/secret-status.ts';
import { renderHistory } from '../../../packages/core/src/render/secrets/history.ts';
import { renderSecretList } from '../../../packages/core/src/render/secrets/list.ts';
import { renderLeftAlone, renderOutcomes } from '../../../packages/core/src/render/secrets/outcomes.ts';
import { renderPlans } from '../../../packages/core/src/render/secrets/plan.ts';
import { outcomesPrometheus, secretsPrometheus } from '../../../packages/core/src/render/secrets/prometheus.ts';
import { renderLeftBehind, renderWayBack } from '../../../packages/core/src/render/secrets/undo.ts';
import { renderVerifications } from '../../../packages/core/src/render/secrets/verification.ts';
import { ageText, withLocalTimes } from '../../../packages/core/src/render/secrets/words.ts';
import { recordOf } from '../../../packages/core/src/secrets/history.ts';
import { journalOf } from '../../secrets/fakes.ts';
import { testNow } from '../../support/host.ts';
import { list, outcomes, plan, verifications } from './sample.ts';

const plain = { width: 100, color: false, timeZone: 'Europe/Berlin', now: testNow, verbose: false, quiet: false, dryRun: false };
type Options = typeof plain;

const blocked = {
  ...plan,
  secret: 'shared',
  steps: [],
  warnings: [],
  blocked: 'its issuer has one live value; --accept-downtime says that is all right',
  notSeen: ['pods: forbidden'],
};
const histories = [
  {
    secret: 'openai-key',
    rotations: [
      recordOf(
        journalOf({
          state: 'NEEDS_OPERATOR',
          operator: 'somebody wrote version 7',
          failure: { step: 'publish', reason: 'check-and-set', at: '2026-11-19T13:08:00.000Z' },
        }),
      ),
      recordOf(journalOf()),
    ],
    notSeen: [],
  },
  { secret: 'db', rotations: [], notSeen: [] },
  { secret: 'billing', rotations: [], notSeen: ['rotations of billing: permission denied'] },
];

const renderings: readonly [string, (options: Options) => string][] = [
  ['list', (options) => renderSecretList(list, options)],
  ['plan', (options) => renderPlans([plan], { ...options, dryRun: true })],
  ['plans', (options) => renderPlans([plan, blocked], { ...options, dryRun: true })],
  ['outcomes', (options) => renderOutcomes(outcomes, options)],
  ['left-alone', (options) => renderLeftAlone(outcomes.slice(3), options)],
  ['history', (options) => renderHistory(histories, options)],
  ['verification', (options) => renderVerifications(verifications, options)],
  ['way-back', (options) => renderWayBack(journalOf({ state: 'GRACE' }), options)],
  ['left-behind', (options) => renderLeftBehind(journalOf({ state: 'NEEDS_OPERATOR', operator: 'somebody wrote version 7' }), options)],
];

describe('golden', () => {
  it.each(renderings)('%s', async (name, render) => {
    await expect(`${render(plain)}\n`).toMatchFileSnapshot(`../../golden/secrets/${name}.txt`);
  });
  it.each<[string, Partial<Options>]>([
    ['list-80', { width: 80 }],
    ['list-160', { width: 160 }],
    ['list-color', { color: true }],
    ['list-verbose', { verbose: true }],
    ['list-quiet', { quiet: true }],
  ])('%s', async (name, more) => {
    await expect(`${renderSecretList(list, { ...plain, ...more })}\n`).toMatchFileSnapshot(`../../golden/secrets/${name}.txt`);
  });
  it('prometheus', async () => {
    const text = `${secretsPrometheus(list)}${outcomesPrometheus(outcomes, 2, testNow)}`;
    await expect(text).toMatchFileSnapshot('../../golden/secrets/sample.prom');
  });
});

describe('every rendering', () => {
  it.each(renderings)('%s: no line but a command is wider than the terminal, no control character gets through', (_name, render) => {
    for (const width of [60, 80, 100, 160]) {
      const lines = render({ ...plain, width }).split('\n');
      const wide = lines.filter((line) => [...line].length > width && !/^ *(\$|undo until)/.test(line));
      // A single word that is longer than the line stays whole, so that it can be copied.
      expect(wide.filter((line) => line.trim().includes('  ') || line.trim().split(' ').length > 3)).toEqual([]);
      expect(lines.join('\n')).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
    }
  });
  it.each(renderings)('%s: colour adds colour and nothing else', (_name, render) => {
    const color = render({ ...plain, color: true });
    expect(stripVTControlCharacters(color)).toBe(render(plain));
    expect(color).not.toBe(render(plain));
  });
});

it('the sample is what the schema says', () => {
  expect(secretList.parse(list)).toEqual(list);
});

it('a plan for a dry run ends in words that nothing was touched; one that is blocked says why and no undo', () => {
  const dry = renderPlans([plan], { ...plain, dryRun: true }).split('\n');
  expect(dry.at(-1)).toBe('undo until step 8: agentops secrets rollback openai-key · dry run, nothing was touched');
  expect(renderPlans([plan], plain)).not.toContain('dry run');
  expect(renderPlans([blocked], { ...plain, dryRun: true })).toMatch(/all right\n\ndry run, nothing was touched$/);
  const text = renderPlans([blocked], plain);
  expect(text).toContain('✖ cannot be rotated as it stands: its issuer has one live value');
  expect(text).not.toContain('rollback');
});

it.each([
  [{ currentVersion: 0 }, 'openai-key   kv/agents/openai  no version yet → 1'],
  [{ valueSince: undefined }, 'openai-key   kv/agents/openai  version 4 (age not seen) → 5'],
  [{ location: undefined }, 'openai-key   inside Vault'],
])('the head of a plan, %j', (change, head) => {
  const first = renderPlans([{ ...plan, ...change }], plain).split('\n')[0];
  expect(first).toMatch(new RegExp(`^${head.replaceAll(/[()→]/g, '.')} +no value is read or shown$`));
});

it('what cannot be undone says so before it begins', () => {
  expect(renderPlans([{ ...plan, undoUntil: undefined }], plain)).toContain('! there is no way back once it has begun');
});

it.each([
  ['at it since 2026-11-21T13:00:00.000Z', 'at it since 21 Nov 14:00'],
  ['until 2027-01-01T00:30:00Z: both', 'until 1 Jan 2027 01:30: both'],
  ['not due until 2027-02-07', 'not due until 2027-02-07'],
])('%s: times of the reader’s clocks', (text, expected) => {
  expect(withLocalTimes(text, testNow, 'Europe/Berlin')).toBe(expected);
});

const age = (minSeconds: number, maxSeconds: number | null): string =>
  ageText({ minSeconds, maxSeconds, since: null, source: 'metadata', basis: '' });
const [h, d] = [3600, 86_400];
it.each([
  [age(131 * d, 131 * d), '131 d'],
  [age(131 * d, 140 * d), '131–140 d'],
  [age(0, 140 * d), '0 s – 140 d'],
  [age(5 * h, 6 * h), '5–6 h'],
  [age(5 * h, 90 * d), '5 h – 90 d'],
  [age(12 * d, null), 'at least 12 d'],
  [ageText(null), '–'],
])('%s', (text, expected) => {
  expect(text).toBe(expected);
});
