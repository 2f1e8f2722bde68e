import { duration } from '../../model/format.ts';
import type { InspectedSecret, IssuerInspection } from '../ports.ts';
import type { StaticRole } from './static-roles.ts';

/** A value is made before it is written, both by Vault's clock; its nodes' clocks may differ by this, ms. */
const slackMs = 1000;

/**
 * What Vault's own rotation of static roles does to ours. Vault cannot be told
 * to leave a static role alone, and each time it rotates one by itself the
 * value that consumers hold is refused: its period must be longer than a value
 * lives here. A schedule (cron) is not weighed against that. `now` in ms.
 */
export function inspectStaticRoles(roles: readonly StaticRole[], secret: InspectedSecret | undefined, now: number): IssuerInspection {
  const overlapMs = roles.length > 1 ? (secret?.overlapMs ?? 0) : 0;
  const life = secret && `${duration(secret.maxAgeMs)}${overlapMs > 0 ? ` and ${duration(overlapMs)} of overlap` : ''}`;
  const warnings: string[] = [];
  let blocked: string | undefined;
  for (const role of roles) {
    const by = `Vault rotates static role ${role.name} by itself`;
    const periodMs = role.periodSeconds === undefined ? undefined : role.periodSeconds * 1000;
    if (role.schedule !== undefined) {
      warnings.push(`${by} on the schedule ${quoted(role.schedule)}: from then on the value that consumers have is refused`);
    } else if (periodMs !== undefined && periodMs <= overlapMs) {
      blocked ??= `${by} every ${duration(periodMs)}, within the overlap of ${duration(overlapMs)}: raise its rotation_period`;
    } else if (periodMs !== undefined && (!secret || periodMs <= secret.maxAgeMs + overlapMs)) {
      warnings.push(`${by} every ${duration(periodMs)}${life ? `, and a value lives ${life} here: raise its rotation_period` : ''}`);
    }
  }
  if (secret) warnings.push(...ofPresent(roles, secret, now));
  return { warnings, ...(blocked === undefined ? {} : { blocked }) };
}

/** Of the role that is in use now. */
function ofPresent(roles: readonly StaticRole[], { key, since, overlapMs }: InspectedSecret, now: number): readonly string[] {
  const used = roles.find(({ name }) => name === key?.id) ?? roles.find(({ username }) => username === key?.account);
  const rotated = Date.parse(used?.lastRotation ?? '');
  if (!used || Number.isNaN(rotated)) return [];
  if (since !== undefined && rotated > since + slackMs) {
    return [`static role ${used.name} was rotated after its value was stored: consumers may be refused already`];
  }
  const next = used.periodSeconds === undefined ? undefined : rotated + used.periodSeconds * 1000;
  if (next === undefined || next > now + overlapMs) return [];
  const when = next <= now ? 'at any moment' : `in ${duration(next - now)}`;
  return [`Vault rotates static role ${used.name}, which is in use, by itself ${when}`];
}

/** A cron expression as it may be shown. */
function quoted(schedule: string): string {
  return /^[\w*,/?# -]{1,80}$/.test(schedule) ? `"${schedule}"` : 'of the role';
}
