import { z } from 'zod';
import { duration } from '../../model/setting.ts';

/** Settings of a check that warns when an answer takes long; `limit` as a user would write it: `100ms`. */
export function slowAfter(limit: string) {
  return z.strictObject({ slowAfter: duration.prefault(limit).describe('an answer that takes longer is a warning') });
}
