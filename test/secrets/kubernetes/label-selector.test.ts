import { describe, expect, it } from 'vitest';
import { selectorText } from '../../../packages/core/src/secrets/kubernetes/label-selector.ts';

describe('selectors', () => {
  it('are written as a query', () => {
    const matchExpressions = [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'x', operator: 'NotIn', values: ['c'] },
      { key: 'y', operator: 'Exists' },
      { key: 'z', operator: 'DoesNotExist' },
      { key: 'w', operator: 'Later' },
    ];
    expect(selectorText({ matchLabels: { app: 'web', 'a/b': 'c' }, matchExpressions })).toBe(
      'app=web,a/b=c,tier in (a,b),x notin (c),y,!z',
    );
    expect(selectorText(undefined)).toBe('');
  });
});
