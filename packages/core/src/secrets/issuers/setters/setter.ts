import { RotationFailure } from '../../failure.ts';
import type { Issuer, IssuerInspection } from '../../ports.ts';

/** Who is told a value that we made: everything of an issuer but the making. */
export type Setter = Omit<Issuer, 'type' | 'origin' | 'generate' | 'find'>;

/** Of an issue request without a value. */
export const noValue = 'there is no value to set';

/** A look that changes nothing, for plans: what needs a person blocks, what could not be seen is thrown. */
export async function inspected(look: () => Promise<unknown>): Promise<IssuerInspection> {
  try {
    await look();
    return { warnings: [] };
  } catch (error) {
    if (error instanceof RotationFailure && error.kind === 'operator') return { warnings: [], blocked: error.message };
    throw error;
  }
}
