import type { Unavailable, UnavailableReason } from '../../model/evidence.ts';
import type { Resource } from '../../model/finding.ts';
import type { FindingDraft } from '../check.ts';

/** Reasons that mean trouble there; the others mean that we could not judge. */
const trouble: ReadonlySet<UnavailableReason> = new Set(['unreachable', 'timeout', 'server-error']);

/** Whether this says that the server is in trouble, rather than that we were not allowed to look. */
export function isTrouble(reason: UnavailableReason): boolean {
  return trouble.has(reason);
}

/**
 * What a server that could not be read means: a critical finding where it is
 * down as seen from here, a gap where it is there but did not let us judge.
 */
export function notReached(
  missing: Unavailable,
  about: { readonly resource: Resource; readonly next: readonly string[]; readonly expected?: string; readonly key?: string },
): { findings: FindingDraft[]; gaps: Unavailable[] } {
  if (missing.reason === 'not-configured') return { findings: [], gaps: [] };
  if (!isTrouble(missing.reason)) return { findings: [], gaps: [missing] };
  const finding: FindingDraft = {
    severity: 'critical',
    resource: about.resource,
    seen: missing.detail,
    expected: about.expected ?? 'an answer',
    ...(missing.hint === undefined ? {} : { detail: missing.hint }),
    next: about.next,
    ...(about.key === undefined ? {} : { key: about.key }),
  };
  return { findings: [finding], gaps: [] };
}

/** `redis cache cache.agents:6379` without its kind: the name and address that a source carries. */
export function nameOf(source: string, kind: string): string {
  return source.startsWith(`${kind} `) ? source.slice(kind.length + 1) : source;
}

/** What the report says where TLS settings accept any certificate. */
export const notVerified = 'certificate not verified (insecureSkipVerify)';
