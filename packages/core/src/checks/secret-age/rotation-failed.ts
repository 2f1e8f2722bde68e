import { z } from 'zod';
import { duration } from '../../model/format.ts';
import { defineCheck } from '../check.ts';
import { examinedOf, historyOf, rotationOf } from './rotations.ts';

/** Secrets whose newest rotation went back to the old value. */
export const rotationFailed = defineCheck({
  meta: {
    id: 'secret-age/rotation-failed',
    category: 'secret-age',
    title: 'rotations that went back',
    why: 'The old value serves again, so nothing is broken, and nothing is rotated either: it goes on ageing, and the next rotation will meet the same trouble.',
    remedy: [
      'The step that failed and its reason are the detail of the finding; agentops secrets history NAME shows the whole run.',
      'Then rotate again: agentops secrets rotate NAME --dry-run shows what would be done. The finding goes when a later rotation ends well.',
    ],
  },
  needs: ['vault.rotations'],
  uses: [],
  settings: z.strictObject({}),
  evaluate(input, _settings, context) {
    const rotations = input['vault.rotations'];
    const findings = rotations.secrets.flatMap((one) => {
      const [newest] = one.journals;
      if (newest?.state !== 'ROLLED_BACK') return [];
      const { failure, updatedAt, oldVersion, newVersion } = newest;
      return [
        {
          severity: 'warning' as const,
          resource: rotationOf(one),
          seen: `went back ${duration(Math.max(0, context.now - Date.parse(updatedAt)))} ago`,
          expected: `version ${newVersion ?? oldVersion + 1} in place of ${oldVersion}`,
          detail: failure ? `${failure.step} failed: ${failure.reason}` : 'the journal does not say why',
          next: [historyOf(one), `agentops secrets rotate ${one.secret} --dry-run`],
          since: Date.parse(updatedAt),
        },
      ];
    });
    return { findings, ...examinedOf(rotations) };
  },
});
