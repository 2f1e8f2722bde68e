import { RotationFailure } from '../failure.ts';
import type { KvPath } from '../ports.ts';

/** A path's segments. One that is empty, `.` or `..` could lead out of where it belongs, and is refused. */
export function segmentsOf(path: string): readonly string[] {
  const segments = path.split('/');
  if (segments.some((part) => part === '' || part === '.' || part === '..')) {
    throw new RotationFailure('operator', `${JSON.stringify(path)} is no path in Vault: it has an empty, "." or ".." part`);
  }
  return segments;
}

/** A mount's segments; a slash at the end is how Vault itself prints mounts. */
export function mountSegments(mount: string): readonly string[] {
  return segmentsOf(mount.replace(/\/$/, ''));
}

/** `kv/agents/openai` */
export function placeOf(at: KvPath): string {
  return [...mountSegments(at.mount), ...segmentsOf(at.path)].join('/');
}
