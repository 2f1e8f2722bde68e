import type { Discovery } from './discovery.ts';
import type { LoneSecret, ProposedConsumer, ProposedSecret } from './propose.ts';

const day = 86_400_000;

/** `secrets:` as it is proposed: entries without an issuer, so that ages are watched and nothing is rotated unasked. */
export function secretsSection({ proposed, lone, notes }: Discovery['secrets']): string {
  const title =
    '# Secrets: how old each may get (metadata only). Those with an issuer can be rotated: agentops secrets rotate NAME --dry-run';
  const remarks = [...notes.map((note) => `# Not seen: ${oneLine(note)}`), ...lonely(lone)];
  if (proposed.length === 0) {
    return [title, ...remarks, '# secrets:', '#   - { name: openai-key, vault: { mount: kv, path: agents/openai }, maxAge: 90d }'].join(
      '\n',
    );
  }
  return [title, ...remarks, 'secrets:', ...proposed.flatMap(entry)].join('\n');
}

function entry({ name, mount, path, maxAge, consumers }: ProposedSecret): string[] {
  return [
    `  - name: ${text(name)}`,
    `    vault: { mount: ${text(mount)}, path: ${text(path)} }`,
    maxAge === undefined ? '    maxAge: 90d' : `    maxAge: ${duration(maxAge)}   # its own limit`,
    '    # issuer: { type: random }   # who makes a new value; without one its age is watched, and nothing is rotated',
    ...(consumers.length > 0 ? ['    consumers:', ...consumers.flatMap(consumer)] : []),
  ];
}

function consumer({ namespace, secret, workloads, because }: ProposedConsumer): string[] {
  const list = workloads.map(({ kind, name }) => `{ kind: ${kind}, name: ${text(name)} }`).join(', ');
  return [
    `      - type: kubernetes   # ${because === 'annotation' ? 'the Secret names this path' : 'called alike: see whether it is a copy'}`,
    `        namespace: ${text(namespace)}`,
    `        secret: ${text(secret)}`,
    ...(list === '' ? [] : [`        workloads: [${list}]`]),
  ];
}

/** Secrets that could be entries once their values are kept in Vault. */
function lonely(lone: readonly LoneSecret[]): string[] {
  if (lone.length === 0) return [];
  const shown = lone.slice(0, 10).map(({ namespace, secret, workloads }) => {
    const users = workloads.map(({ kind, name }) => `${kind} ${name}`);
    return `#   ${oneLine(`${namespace}/${secret}: ${users.slice(0, 5).join(', ')}${users.length > 5 ? '…' : ''}`)}`;
  });
  const more = lone.length > 10 ? [`#   … and ${lone.length - 10} more`] : [];
  return ['# In Kubernetes, not found in Vault; in use by:', ...shown, ...more];
}

/** Milliseconds as the configuration writes them. */
function duration(ms: number): string {
  if (ms % day === 0) return `${ms / day}d`;
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${Math.round(ms)}ms`;
}

/** A YAML string: never a number, a word of YAML or a reference. */
function text(value: string): string {
  const plain = /^[A-Za-z][\w./-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value);
  return plain ? value : JSON.stringify(value).replaceAll('${', () => '$${');
}

function oneLine(words: string): string {
  return words.replaceAll(/[\s\p{Cc}]+/gu, ' ');
}
