import { skippedTypes } from '../checks/secret-age/kubernetes.ts';
import { own, parseMaxAge } from '../checks/secret-age/read.ts';
import type { Pod, SecretMeta } from '../model/kubernetes.ts';
import { annotations } from '../model/rotation.ts';
import type { VaultSecret } from '../model/servers.ts';

/** A copy of a Vault secret in Kubernetes, and who uses it. */
export interface ProposedConsumer {
  readonly namespace: string;
  readonly secret: string;
  readonly workloads: readonly { readonly kind: string; readonly name: string }[];
  /** `annotation`: the Secret says so itself. `name`: they are called alike. */
  readonly because: 'annotation' | 'name';
}

/** What `agentops init` would write below `secrets:`: watched by its age, rotated by nobody. */
export interface ProposedSecret {
  readonly name: string;
  readonly mount: string;
  readonly path: string;
  /** ms; undefined where neither Vault nor Kubernetes says one. */
  readonly maxAge: number | undefined;
  readonly consumers: readonly ProposedConsumer[];
}

/** A Secret that no Vault secret belongs to, as far as metadata tell. */
export type LoneSecret = Pick<ProposedConsumer, 'namespace' | 'secret' | 'workloads'>;

const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'];
const maxAgeKeys = ['max_age', 'max-age'];
const maxAgeAnnotations = ['agentops.dev/max-age', 'agentops.io/max-age'];
const pathAnnotations = [annotations.vaultPath, 'agentops.io/vault-path'];
/** What people add to a secret's name. */
const suffix = /-(api-key|key|keys|secret|secrets|credentials|creds|token|auth|password)$/;

/** Brings together what Vault and Kubernetes know of secrets, from metadata alone. */
export function proposeSecrets(
  vault: readonly VaultSecret[],
  secrets: readonly SecretMeta[],
  pods: readonly Pod[],
): { readonly proposed: readonly ProposedSecret[]; readonly lone: readonly LoneSecret[] } {
  const copies = copiesOf(secrets, pods);
  // A path that ends in * would be a pattern.
  const sources = vault.filter(({ path, currentVersion }) => currentVersion > 0 && !path.endsWith('*'));
  const matched = new Map<Copy, { readonly source: VaultSecret; readonly because: 'annotation' | 'name' }>();
  for (const copy of copies) {
    const stated = sources.find(({ mount, path }) => `${mount}/${path}` === copy.vaultPath);
    const alike = copy.vaultPath === undefined ? sources.filter((source) => isCalledLike(source, copy)) : [];
    const [only] = alike;
    if (stated) matched.set(copy, { source: stated, because: 'annotation' });
    // Two that would fit are a guess too many.
    else if (only && alike.length === 1) matched.set(copy, { source: only, because: 'name' });
  }
  const names = new Set<string>();
  const proposed = sources.map((source): ProposedSecret => {
    const own_ = copies.filter((copy) => matched.get(copy)?.source === source);
    const consumers = own_.map(
      (copy): ProposedConsumer => ({
        namespace: copy.namespace,
        secret: copy.secret,
        workloads: copy.workloads,
        because: matched.get(copy)?.because ?? 'name',
      }),
    );
    const limits = [...maxAgeKeys.map((key) => own(source.customMetadata, key)), ...own_.map(({ maxAge }) => maxAge)];
    const maxAges = limits.flatMap((text) => parseMaxAge(text ?? '') ?? []);
    return {
      name: nameFor(source.path, names),
      mount: source.mount,
      path: source.path,
      maxAge: maxAges.length > 0 ? Math.min(...maxAges) : undefined,
      consumers,
    };
  });
  return {
    proposed,
    lone: copies
      .filter((copy) => !matched.has(copy) && copy.workloads.length > 0)
      .map(({ namespace, secret, workloads }) => ({ namespace, secret, workloads })),
  };
}

interface Copy extends LoneSecret {
  readonly vaultPath: string | undefined;
  readonly maxAge: string | undefined;
}

/** One for all versions of a Secret (`openai-key-v3`, `openai-key-v4`). */
function copiesOf(secrets: readonly SecretMeta[], pods: readonly Pod[]): readonly Copy[] {
  const ofInterest = secrets.filter(
    ({ type, annotations: notes }) => !skippedTypes.includes(type) && own(notes, 'cert-manager.io/certificate-name') === undefined,
  );
  const families = Map.groupBy(ofInterest, (secret) => `${secret.namespace}/${familyOf(secret)}`);
  return [...families.values()].flatMap((group): Copy[] => {
    const [first] = group;
    if (!first) return [];
    const users = pods.filter(
      ({ namespace, secrets: used }) => namespace === first.namespace && group.some(({ name }) => used.includes(name)),
    );
    const workloads = new Map(
      users
        .filter(({ workload }) => kinds.includes(workload.kind))
        .map(({ workload: { kind, name } }) => [`${kind}/${name}`, { kind, name }]),
    );
    const note = (keys: readonly string[]): string | undefined =>
      group.flatMap(({ annotations: notes }) => keys.flatMap((key) => own(notes, key) ?? []))[0];
    return [
      {
        namespace: first.namespace,
        secret: familyOf(first),
        workloads: [...workloads.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, workload]) => workload),
        vaultPath: note(pathAnnotations)
          ?.trim()
          .replaceAll(/^\/+|\/+$/g, ''),
        maxAge: note(maxAgeAnnotations),
      },
    ];
  });
}

function familyOf({ name, annotations: notes }: SecretMeta): string {
  return own(notes, annotations.family) ?? name;
}

/** `agents/openai` is called like `openai-key` in namespace agents, or `agents-openai` anywhere. */
function isCalledLike({ path }: VaultSecret, { namespace, secret }: Copy): boolean {
  const parts = path
    .toLowerCase()
    .split(/[^a-z0-9-]+/)
    .filter((part) => part !== '');
  const bare = (text: string): string => text.replace(suffix, '');
  const last = bare(parts.at(-1) ?? '');
  return (parts.includes(namespace) && bare(secret) === last) || bare(secret) === bare(parts.join('-'));
}

/** Lower-case letters, digits and dashes; longer where the short one is taken. */
function nameFor(path: string, taken: Set<string>): string {
  const words = path
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const last =
    path
      .split('/')
      .at(-1)
      ?.toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter((word) => word !== '') ?? [];
  const cut = (text: string): string => text.slice(0, 48).replace(/-+$/, '') || 'secret';
  const choices = [cut(last.join('-')), cut(words.join('-'))];
  for (let number = 2; ; number++) {
    const free = choices.find((name) => !taken.has(name));
    if (free !== undefined) {
      taken.add(free);
      return free;
    }
    choices.push(`${choices[1]}-${number}`);
  }
}
