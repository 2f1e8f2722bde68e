import type { Evidence, Unavailable } from '../../model/evidence.ts';

/** What a check can make of evidence that it uses: the data, and where it must not conclude from a thing's absence. */
export interface Sight<T> {
  /** Undefined where nothing was seen. */
  readonly data: T | undefined;
  /** Why nothing was seen. */
  readonly missing: Unavailable | undefined;
  /** True for namespaces of which a part could not be read: "there is none" cannot be said there. */
  blind(namespace: string): boolean;
}

/** Reads evidence for a check; a gap that names no namespace blinds everywhere. */
export function sight<T>(evidence: Evidence<T> | undefined, key: string): Sight<T> {
  if (!evidence?.ok) {
    const missing = evidence ?? { ok: false, reason: 'invalid', source: key, detail: 'was not gathered' };
    return { data: undefined, missing, blind: () => true };
  }
  const blindSpots = (evidence.gaps ?? []).map((gap) => {
    if (gap.namespace !== undefined) return new Set([gap.namespace]);
    const namespaces = (gap.missing ?? []).map((permission) => permission.namespace);
    return namespaces.length > 0 && !namespaces.includes(undefined) ? new Set(namespaces) : undefined;
  });
  return {
    data: evidence.data,
    missing: undefined,
    blind: (namespace) => blindSpots.some((spot) => spot === undefined || spot.has(namespace)),
  };
}

/** The gaps of pieces of evidence that are missing altogether; the runner adds the partial ones itself. */
export function gapsOf(...sights: readonly Sight<unknown>[]): Unavailable[] {
  return sights.flatMap((each) => each.missing ?? []);
}
