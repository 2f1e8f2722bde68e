import { z } from 'zod';
import { duration } from '../../model/setting.ts';

/** Settings of the usage checks, with the thresholds that are theirs. */
export function usageSettings(of: string, warn: number, fail: number | null) {
  return z.strictObject({
    warn: z.number().positive().default(warn).describe(`usage over ${of} from which it is a warning, ratio (0.8 is 80 %)`),
    fail: z.number().positive().nullable().default(fail).describe(`usage over ${of} from which it is critical, ratio; null: never`),
    sampleGrace: duration.prefault('2m').describe('how long a newcomer may be without a usage sample'),
  });
}
