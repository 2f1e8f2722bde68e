import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allTruth,
  anyTruth,
  selectorMatches,
  selectorTruth,
  selectsEverything,
} from '../../../packages/core/src/checks/network-policy/selector.ts';
import type { LabelSelector } from '../../../packages/core/src/model/kubernetes.ts';

const expr = (key: string, operator: string, ...values: string[]): LabelSelector => ({ matchExpressions: [{ key, operator, values }] });

describe('selectorMatches', () => {
  it.each<[string, LabelSelector, Record<string, string>, boolean]>([
    ['an empty selector selects an object without labels', {}, {}, true],
    ['an empty selector selects an object with labels', {}, { app: 'web' }, true],
    ['empty matchLabels and matchExpressions select everything', { matchLabels: {}, matchExpressions: [] }, { app: 'web' }, true],
    ['matchLabels: equal', { matchLabels: { app: 'web' } }, { app: 'web', tier: 'x' }, true],
    ['matchLabels: other value', { matchLabels: { app: 'web' } }, { app: 'api' }, false],
    ['matchLabels: key absent', { matchLabels: { app: 'web' } }, {}, false],
    ['matchLabels: all must hold', { matchLabels: { app: 'web', tier: 'x' } }, { app: 'web' }, false],
    ['matchLabels: an empty value is a value', { matchLabels: { app: '' } }, { app: '' }, true],
    ['matchLabels: an empty value is not absence', { matchLabels: { app: '' } }, {}, false],
    ['In: one of the values', expr('app', 'In', 'web', 'api'), { app: 'api' }, true],
    ['In: none of the values', expr('app', 'In', 'web', 'api'), { app: 'db' }, false],
    ['In: key absent', expr('app', 'In', 'web'), {}, false],
    ['NotIn: none of the values', expr('app', 'NotIn', 'web'), { app: 'db' }, true],
    ['NotIn: one of the values', expr('app', 'NotIn', 'web'), { app: 'web' }, false],
    ['NotIn matches where the key is absent', expr('app', 'NotIn', 'web'), {}, true],
    ['Exists: present', expr('app', 'Exists'), { app: '' }, true],
    ['Exists: absent', expr('app', 'Exists'), {}, false],
    ['DoesNotExist: present', expr('app', 'DoesNotExist'), { app: '' }, false],
    ['DoesNotExist: absent', expr('app', 'DoesNotExist'), {}, true],
    ['an operator that Kubernetes does not know selects nothing', expr('app', 'Like', 'web'), { app: 'web' }, false],
    ['labels and expressions must both hold', { matchLabels: { app: 'web' }, ...expr('tier', 'Exists') }, { app: 'web' }, false],
    ['a key such as constructor is absent unless it is a label', expr('constructor', 'Exists'), {}, false],
    ['a label called constructor is a label', { matchLabels: { constructor: 'x' } }, { constructor: 'x' }, true],
    ['matching is case-sensitive', { matchLabels: { app: 'Web' } }, { app: 'web' }, false],
  ])('%s', (_name, selector, labels, expected) => {
    expect(selectorMatches(selector, labels)).toBe(expected);
  });
});

const key = fc.constantFrom('app', 'tier', 'env');
const value = fc.constantFrom('', 'a', 'b', 'c');
const labels = fc.dictionary(key, value);
const selector = fc.record(
  {
    matchLabels: labels,
    matchExpressions: fc.array(
      fc.record({
        key,
        operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
        values: fc.array(value, { minLength: 1, maxLength: 3 }),
      }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
);

/** The definition, read off the API reference, without any shortcut. */
function oracle(chosen: LabelSelector, has: Record<string, string>): boolean {
  const answers: boolean[] = Object.entries(chosen.matchLabels ?? {}).map(
    ([name, wanted]) => Object.keys(has).includes(name) && has[name] === wanted,
  );
  for (const { key: name, operator, values } of chosen.matchExpressions ?? []) {
    const present = Object.keys(has).includes(name);
    const among = present && (values ?? []).some((each) => each === has[name]);
    answers.push({ In: among, NotIn: !among, Exists: present, DoesNotExist: !present }[operator] ?? false);
  }
  return !answers.includes(false);
}

describe('properties', () => {
  it('selectorMatches agrees with the definition', () => {
    fc.assert(
      fc.property(selector, labels, (chosen, has) => {
        expect(selectorMatches(chosen, has)).toBe(oracle(chosen, has));
      }),
    );
  });

  it('selectsEverything selects whatever there is', () => {
    fc.assert(
      fc.property(selector, labels, (chosen, has) => {
        fc.pre(selectsEverything(chosen));
        expect(selectorMatches(chosen, has)).toBe(true);
      }),
    );
  });

  it('what is certain of some labels stays true of all of them', () => {
    fc.assert(
      fc.property(selector, labels, labels, (chosen, known, further) => {
        const certain = selectorTruth(chosen, known, false);
        fc.pre(certain !== 'maybe');
        expect(selectorMatches(chosen, { ...further, ...known })).toBe(certain === 'yes');
      }),
    );
  });

  it('maybe really depends on labels that were not seen', () => {
    fc.assert(
      fc.property(selector, labels, (chosen, known) => {
        fc.pre(selectorTruth(chosen, known, false) === 'maybe');
        // Every value of every key, and its absence, for up to three keys.
        const values = [undefined, '', 'a', 'b', 'c', 'other'];
        const worlds = values.flatMap((app) => values.flatMap((tier) => values.map((env) => ({ app, tier, env }))));
        const answers = new Set(
          worlds.map((world) => selectorMatches(chosen, { ...(JSON.parse(JSON.stringify(world)) as Record<string, string>), ...known })),
        );
        // Contradictory expressions (Exists and DoesNotExist) make it false in every world: cautious, not wrong.
        expect(answers.has(false)).toBe(true);
      }),
    );
  });
});

describe('three-valued logic', () => {
  it.each([
    [[], 'no', 'yes'],
    [['no', 'maybe'], 'maybe', 'no'],
    [['maybe', 'yes'], 'yes', 'maybe'],
    [['no', 'yes'], 'yes', 'no'],
    [['maybe'], 'maybe', 'maybe'],
  ] as const)('%j: any %s, all %s', (values, any, all) => {
    expect(anyTruth(values)).toBe(any);
    expect(allTruth(values)).toBe(all);
  });
});
