import { expect, it } from 'vitest';
import { classifyOutcome } from '../../../packages/core/src/evidence/prometheus/status.ts';

it.each<[outcome: string, words: string[]]>([
  ['succeeded', ['success', 'Success', 'ok', 'completed', '200', '204', '2xx', '302', 'DONE']],
  ['failed', ['error', 'failed', 'failure', 'timeout', 'timed out', 'timed-out', '500', '503', '5xx', '5XX', '429', '408', 'exception']],
  ['refused', ['cancelled', 'canceled', '404', '400', '4xx', 'rejected']],
  ['unfinished', ['started', 'in_progress', 'running', '100']],
  ['unknown', ['meh', '', '600', '20', '2000', 'unsuccessful']],
])('%s: %j', (outcome, words) => {
  expect(words.map((word) => classifyOutcome(word))).toEqual(words.map(() => outcome));
});
