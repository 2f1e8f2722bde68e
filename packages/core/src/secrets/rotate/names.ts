import { createHash, randomBytes } from 'node:crypto';
import type { RotationJournal } from '../../model/rotation.ts';

/**
 * Id of a new rotation: `openai-key/20261121t130731z-9f3a`. The second half
 * sorts by time and is later than any before it, whatever a clock says.
 */
export function rotationId(secret: string, now: number, earlier: string | undefined): string {
  const stamp = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase()}z`;
  const last = earlier?.split('/')[1]?.split('-')[0];
  let at = now;
  while (last !== undefined && stamp(at) <= last) at = Math.max(at, stampTime(last)) + 1000;
  return `${secret}/${stamp(at)}-${randomBytes(2).toString('hex')}`;
}

function stampTime(stamp: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)t(\d\d)(\d\d)(\d\d)z$/.exec(stamp) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) || 0;
}

/**
 * How what this rotation makes at an issuer is called: at most 63 characters
 * of [a-z0-9-]. The prefix is common to all epochs and to no other rotation,
 * so that what a crash left can be found again.
 */
export function issueNames(journal: Pick<RotationJournal, 'id' | 'secret' | 'epoch'>): {
  readonly name: string;
  readonly namePrefix: string;
} {
  const digest = createHash('sha256').update(journal.id).digest('hex').slice(0, 10);
  const namePrefix = `agentops-${journal.secret.slice(0, 32).replace(/-+$/, '')}-${digest}-`;
  return { name: `${namePrefix}${journal.epoch}`, namePrefix };
}
