import { z } from 'zod';
import { duration } from '../../model/format.ts';
import { defineCheck } from '../check.ts';
import { examinedOf, historyOf, resumeOf, rotationOf } from './rotations.ts';

/** Rotations that only a person can carry on. */
export const rotationNeedsOperator = defineCheck({
  meta: {
    id: 'secret-age/rotation-needs-operator',
    category: 'secret-age',
    title: 'rotations that need a person',
    why: 'agentops stopped because going on by itself could lose a value or overwrite somebody’s change; until a person acts, neither the old value ends nor is the next rotation possible.',
    remedy: [
      'Do what the journal says (it is the detail of the finding), then: agentops secrets resume NAME.',
      'agentops secrets history NAME shows what was done so far, and by whom.',
    ],
  },
  needs: ['vault.rotations'],
  uses: [],
  settings: z.strictObject({}),
  evaluate(input, _settings, context) {
    const rotations = input['vault.rotations'];
    const findings = rotations.secrets.flatMap((one) =>
      one.journals
        .filter(({ state }) => state === 'NEEDS_OPERATOR')
        .map(({ operator, updatedAt, history }) => ({
          severity: 'critical' as const,
          resource: rotationOf(one),
          seen: `needs a person for ${duration(Math.max(0, context.now - Date.parse(updatedAt)))}`,
          expected: `a rotation that ends by itself; it came to ${history.findLast(({ state }) => state !== 'NEEDS_OPERATOR')?.state ?? 'PLANNED'}`,
          detail: operator ?? 'the journal does not say what for',
          next: [historyOf(one), resumeOf(one)],
          since: Date.parse(updatedAt),
        })),
    );
    return { findings, ...examinedOf(rotations) };
  },
});
