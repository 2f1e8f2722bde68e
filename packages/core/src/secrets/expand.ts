import { fillNames, nameInFolder } from '../config/secret-names.ts';
import type { ConsumerConfig, SecretEntry } from '../config/secrets.ts';
import { failureKind } from './failure.ts';
import type { KvStore } from './ports.ts';

/** Entries without patterns, and what of them could not be told. */
export interface Expanded {
  readonly entries: readonly SecretEntry[];
  readonly notSeen: readonly string[];
}

/**
 * Puts in the place of an entry for a folder (`agents/*`) one for each secret
 * that is directly in it, by name; not for those that have an entry of their own.
 */
export async function expandEntries(entries: readonly SecretEntry[], kv: Pick<KvStore, 'list'>): Promise<Expanded> {
  const all: SecretEntry[] = [];
  const notSeen: string[] = [];
  const taken = new Set(entries.map(({ name }) => name));
  const own = new Set(entries.map(placeOf));
  for (const entry of entries) {
    if (!entry.vault?.path.endsWith('*')) {
      all.push(named(entry, entry.name, lastOf(entry.vault?.path ?? entry.name)));
      continue;
    }
    try {
      for (const one of await secretsIn(entry, entry.vault, kv)) {
        if (own.has(placeOf(one))) continue;
        if (!/^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$/.test(one.name)) {
          notSeen.push(`${one.vault?.mount}/${one.vault?.path}: "${one.name}" is no name for an entry: give it one of its own`);
        } else if (taken.has(one.name)) {
          notSeen.push(`${one.vault?.mount}/${one.vault?.path}: an entry named ${one.name} is there already`);
        } else {
          taken.add(one.name);
          all.push(one);
        }
      }
    } catch (error) {
      if (failureKind(error) === undefined || !(error instanceof Error)) throw error;
      notSeen.push(`${entry.name} (${entry.vault.mount}/${entry.vault.path}): ${error.message}`);
    }
  }
  return { entries: all, notSeen };
}

async function secretsIn(
  entry: SecretEntry,
  vault: NonNullable<SecretEntry['vault']>,
  kv: Pick<KvStore, 'list'>,
): Promise<readonly SecretEntry[]> {
  const folder = vault.path.replace(/\/?\*$/, '');
  const names = await kv.list({ mount: vault.mount, path: folder });
  return names
    .filter((name) => !name.endsWith('/'))
    .toSorted()
    .map((secret) => {
      const path = folder === '' ? secret : `${folder}/${secret}`;
      return named({ ...entry, vault: { ...vault, path } }, nameInFolder(entry.name, secret), secret);
    });
}

function placeOf({ vault }: SecretEntry): string {
  return `${vault?.mount}/${vault?.path}`;
}

function lastOf(path: string): string {
  return path.split('/').at(-1) ?? path;
}

/** The entry under its name, with its placeholders filled in. */
function named(entry: SecretEntry, name: string, secret: string): SecretEntry {
  const fill = (text: string): string => fillNames(text, { name, secret });
  const consumers = entry.consumers.map((consumer): ConsumerConfig => {
    if (consumer.type === 'kubernetes') {
      const workloads = consumer.workloads.map((workload) => ({ ...workload, name: fill(workload.name) }));
      return { ...consumer, secret: fill(consumer.secret), workloads };
    }
    return consumer.type === 'file' ? { ...consumer, path: fill(consumer.path) } : consumer;
  });
  return { ...entry, name, consumers };
}
