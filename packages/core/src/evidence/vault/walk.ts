import type { VaultSecret } from '../../model/servers.ts';
import type { GatherContext } from '../context.ts';
import type { Failure } from '../failure.ts';
import type { VaultClient, VaultResult } from './client.ts';
import { parseList, parseMetadata } from './metadata.ts';

/** Requests in flight, secrets read, and folders deep. */
const atOnce = 8;
const maxSecrets = 10_000;
const maxDepth = 32;

export interface Walk {
  readonly secrets: readonly VaultSecret[];
  readonly problems: readonly { readonly failure: Failure; readonly hint?: string }[];
}

/** Where a walk begins. */
export interface Start {
  readonly path: string;
  /**
   * `below`: the secret or everything below the folder of that name, or both. `children`: the secrets in that folder
   * whose names begin with `prefix`, not those in folders below it. `itself`: that secret alone.
   */
  readonly reach: 'below' | 'children' | 'itself';
  readonly prefix?: string;
}

interface Task {
  readonly path: readonly string[];
  /** `start`: what the user named, a secret or a folder or both. `exact`: a secret that must be there. */
  readonly kind: 'start' | 'folder' | 'children' | 'secret' | 'exact';
  readonly prefix?: string;
}

/**
 * Reads the metadata of secrets, or of everything below folders. Only
 * <mount>/metadata/ paths are asked for. A path that ends in a slash is a
 * folder; without one, a secret of that name is enough where listing the folder
 * of the same name is not allowed. Folders that `skip` names are not entered on
 * the way. A secret that must be there and is not has version 0.
 */
export async function walkMetadata(
  client: VaultClient,
  at: {
    readonly mount: readonly string[];
    readonly starts: readonly Start[];
    readonly token: string;
    readonly skip?: ReadonlySet<string>;
    /** Secrets to read at most; default ten thousand, and being cut off there is a problem. */
    readonly most?: number;
  },
  context: GatherContext,
): Promise<Walk> {
  const { mount, token } = at;
  const mountName = mount.join('/');
  const secrets: VaultSecret[] = [];
  const problems: { failure: Failure; hint?: string }[] = [];
  const queue = at.starts.map(taskOf);
  let capped = false;

  const read = (path: readonly string[]): Promise<VaultResult> => client.json({ path: [...mount, 'metadata', ...path], token });
  const list = (path: readonly string[]): Promise<VaultResult> => client.json({ path: [...mount, 'metadata', ...path], list: true, token });

  const keep = (path: readonly string[], answer: VaultResult & { ok: true }): void => {
    const secret = parseMetadata(answer.data, mountName, path.join('/'), context.host.clock.now());
    if (secret) secrets.push(secret);
    else problems.push({ failure: invalid(`the metadata of ${mountName}/${path.join('/')} cannot be read`) });
  };
  const descend = ({ path, kind, prefix = '' }: Task, answer: VaultResult & { ok: true }): void => {
    const keys = parseList(answer.data);
    if (!keys) {
      problems.push({ failure: invalid(`the list of ${mountName}/${path.join('/')} cannot be read`) });
      return;
    }
    for (const key of keys) {
      const folder = key.endsWith('/');
      const name = folder ? key.slice(0, -1) : key;
      // `a//b` can be stored, but no path of ours may hold an empty part.
      if (kind === 'children') {
        if (!folder && name.startsWith(prefix)) queue.push({ path: [...path, name], kind: 'secret' });
      } else if (name === '') problems.push({ failure: invalid(`${mountName}/${path.join('/')} holds a folder without a name`) });
      else if (!at.skip?.has([...path, name].join('/'))) queue.push({ path: [...path, name], kind: folder ? 'folder' : 'secret' });
    }
  };
  const refuse = (path: readonly string[], capability: 'read' | 'list', answer: VaultResult & { ok: false }): void => {
    const place = `${mountName}/metadata/${path.join('/')}${capability === 'list' && path.length > 0 ? '/' : ''}`;
    if (answer.failure.reason !== 'forbidden') {
      problems.push({ failure: { ...answer.failure, detail: `${place}: ${answer.failure.detail}` } });
      return;
    }
    const failure: Failure = { reason: 'forbidden', detail: `needs "${capability}" on ${place}`, phase: 'http' };
    problems.push({ failure, hint: policyHint(mountName, path, capability) });
  };

  const visit = async (task: Task): Promise<void> => {
    const { path, kind } = task;
    const single = kind === 'folder' || kind === 'children' ? undefined : await read(path);
    if (single?.ok) keep(path, single);
    else if (single && kind === 'exact' && single.failure.reason === 'absent') secrets.push(nothingAt(mountName, path.join('/')));
    else if (single && (kind === 'secret' || kind === 'exact')) refuse(path, 'read', single);
    if (kind === 'secret' || kind === 'exact') return;
    const below = await list(path);
    if (below.ok) {
      if (path.length < maxDepth) descend(task, below);
      else problems.push({ failure: invalid(`${mountName}/${path.join('/')} is too deep; what is below was not read`) });
      return;
    }
    if (single?.ok) return;
    const missing = below.failure.reason === 'absent';
    // An empty mount answers 404 to LIST, too.
    if (missing && path.length === 0) return;
    if (!single) refuse(path, 'list', below);
    else if (!missing) refuse(path, 'list', below);
    else if (single.failure.reason !== 'absent') refuse(path, 'read', single);
    else problems.push({ failure: { reason: 'absent', detail: `${mountName}/${path.join('/')} is not there`, phase: 'http' } });
  };

  let running = 0;
  await new Promise<void>((resolve) => {
    const next = (): void => {
      while (running < atOnce) {
        const task = queue.shift();
        if (!task) break;
        if (secrets.length >= (at.most ?? maxSecrets)) {
          capped = true;
          queue.length = 0;
          break;
        }
        running++;
        void visit(task).then(() => {
          running--;
          next();
        });
      }
      if (running === 0) resolve();
    };
    next();
  });
  if (capped && at.most === undefined) {
    const where = at.starts.length === 1 ? `${mountName}/${at.starts[0]?.path}` : mountName;
    problems.push({ failure: invalid(`more than ${maxSecrets} secrets below ${where}; the rest was not read`) });
  }
  secrets.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { secrets, problems };
}

function taskOf({ path, reach, prefix }: Start): Task {
  const parts = path.split('/').filter((part) => part !== '');
  if (reach === 'itself') return { path: parts, kind: 'exact' };
  if (reach === 'children') return { path: parts, kind: 'children', ...(prefix === undefined ? {} : { prefix }) };
  return { path: parts, kind: parts.length === 0 || path.endsWith('/') ? 'folder' : 'start' };
}

function nothingAt(mount: string, path: string): VaultSecret {
  return { mount, path, currentVersion: 0, versionCreatedAt: 0, deleted: true, customMetadata: {} };
}

function invalid(detail: string): Failure {
  return { reason: 'invalid', detail, phase: 'http' };
}

function policyHint(mount: string, path: readonly string[], capability: 'read' | 'list'): string {
  const folder = path.slice(0, capability === 'read' ? -1 : undefined).join('/');
  return `policy: path "${mount}/metadata/${folder === '' ? '' : `${folder}/`}*" { capabilities = ["read", "list"] }`;
}
