import type { Config } from '../../config/schema.ts';
import { readable } from './watched.ts';

/** What rotations keep in their folder. */
const parts = ['rotations', 'locks', 'pending', 'audit', 'fingerprint-key'];

/**
 * Paths, in whatever mount, below which rotations keep their own records:
 * these are no secrets with an age. Other secrets in the folder are.
 */
export function ownFolders(config: Pick<Config, 'rotation'>): ReadonlySet<string> {
  return ownRecords(folderOf(config));
}

/** The same for a folder. */
export function ownRecords(folder: string): ReadonlySet<string> {
  return new Set(parts.map((part) => `${folder}/${part}`));
}

/** Without slashes at its ends. */
export function folderOf(config: Pick<Config, 'rotation'>): string {
  const found = readable(() => ({ folder: config.rotation.folder }));
  const folder = found && 'folder' in found ? found.folder : 'agentops';
  return folder
    .split('/')
    .filter((part) => part !== '')
    .join('/');
}
