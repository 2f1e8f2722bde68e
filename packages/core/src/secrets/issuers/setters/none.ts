import { RotationFailure } from '../../failure.ts';
import { noValue, type Setter } from './setter.ts';

/**
 * Nobody has to be told: the value is shared by its consumers alone, who accept
 * whichever they have (a signing key, a password between two of them).
 */
export const noSetter: Setter = {
  live: 'both',
  describe: () => ({
    issue: 'nobody to tell: its consumers alone share the value',
    revoke: 'nothing to do: the old value ends with its last consumer',
    objects: [],
  }),
  async issue({ value, name }) {
    if (!value) throw new RotationFailure('operator', noValue);
    return { value, key: { name } };
  },
  async revoke() {
    return { result: 'nothing-to-do', detail: 'its consumers alone shared the value' };
  },
};
