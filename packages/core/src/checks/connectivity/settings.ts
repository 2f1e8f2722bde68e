import { z } from 'zod';
import { duration } from '../../model/setting.ts';

/** Settings of a check that warns when an answer takes long. */
export function slowAfter(ms: number) {
  return z.strictObject({ slowAfter: duration.default(ms).describe('an answer that takes longer is a warning') });
}
