/** What needs no quoting in a POSIX shell. */
const plain = /^[A-Za-z0-9_/:=.,@%+-]+$/;

/** One argument, quoted for a POSIX shell where it must be. */
export function shellQuote(argument: string): string {
  return plain.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/**
 * A kubectl command line to copy: `kubectl --context prod-eu -n agents describe pod x`.
 * Without a context, and inside a cluster, kubectl's own default holds.
 */
export function kubectl(context: string | undefined, namespace: string | undefined, ...args: string[]): string {
  const words = ['kubectl'];
  // `in-cluster` is our name for the service account's cluster; no kubeconfig has it.
  if (context !== undefined && context !== '' && context !== 'in-cluster') words.push('--context', context);
  if (namespace !== undefined && namespace !== '') words.push('-n', namespace);
  return [...words, ...args].map(shellQuote).join(' ');
}
