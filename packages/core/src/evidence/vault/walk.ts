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

interface Task {
  readonly path: readonly string[];
  /** `start`: what the user named, a secret or a folder or both. */
  readonly kind: 'start' | 'folder' | 'secret';
}

/**
 * Reads the metadata of a secret, or of everything below a folder. Only
 * <mount>/metadata/ paths are asked for. A path that ends in a slash is a
 * folder; without one, a secret of that name is enough where listing the folder
 * of the same name is not allowed.
 */
export async function walkMetadata(
  client: VaultClient,
  at: { readonly mount: readonly string[]; readonly path: string; readonly token: string },
  context: GatherContext,
): Promise<Walk> {
  const { mount, token } = at;
  const mountName = mount.join('/');
  const secrets: VaultSecret[] = [];
  const problems: { failure: Failure; hint?: string }[] = [];
  const start = at.path.split('/').filter((part) => part !== '');
  const queue: Task[] = [{ path: start, kind: start.length === 0 || at.path.endsWith('/') ? 'folder' : 'start' }];
  let capped = false;

  const read = (path: readonly string[]): Promise<VaultResult> => client.json({ path: [...mount, 'metadata', ...path], token });
  const list = (path: readonly string[]): Promise<VaultResult> => client.json({ path: [...mount, 'metadata', ...path], list: true, token });

  const keep = (path: readonly string[], answer: VaultResult & { ok: true }): void => {
    const secret = parseMetadata(answer.data, mountName, path.join('/'), context.host.clock.now());
    if (secret) secrets.push(secret);
    else problems.push({ failure: invalid(`the metadata of ${mountName}/${path.join('/')} cannot be read`) });
  };
  const descend = (path: readonly string[], answer: VaultResult & { ok: true }): void => {
    const keys = parseList(answer.data);
    if (!keys) {
      problems.push({ failure: invalid(`the list of ${mountName}/${path.join('/')} cannot be read`) });
      return;
    }
    for (const key of keys) {
      const folder = key.endsWith('/');
      const name = folder ? key.slice(0, -1) : key;
      // `a//b` can be stored, but no path of ours may hold an empty part.
      if (name === '') problems.push({ failure: invalid(`${mountName}/${path.join('/')} holds a folder without a name`) });
      else queue.push({ path: [...path, name], kind: folder ? 'folder' : 'secret' });
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

  const visit = async ({ path, kind }: Task): Promise<void> => {
    const single = kind === 'folder' ? undefined : await read(path);
    if (single?.ok) keep(path, single);
    else if (single && kind === 'secret') refuse(path, 'read', single);
    if (kind === 'secret') return;
    const below = await list(path);
    if (below.ok) {
      if (path.length < maxDepth) descend(path, below);
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
        if (secrets.length >= maxSecrets) {
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
  if (capped) problems.push({ failure: invalid(`more than ${maxSecrets} secrets below ${mountName}/${at.path}; the rest was not read`) });
  secrets.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { secrets, problems };
}

function invalid(detail: string): Failure {
  return { reason: 'invalid', detail, phase: 'http' };
}

function policyHint(mount: string, path: readonly string[], capability: 'read' | 'list'): string {
  const folder = path.slice(0, capability === 'read' ? -1 : undefined).join('/');
  return `policy: path "${mount}/metadata/${folder === '' ? '' : `${folder}/`}*" { capabilities = ["read", "list"] }`;
}
